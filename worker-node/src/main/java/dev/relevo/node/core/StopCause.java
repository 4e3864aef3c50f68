package dev.relevo.node.core;

/** Why a running attempt is stopped from outside. The first cause counts. */
public sealed interface StopCause {

  /** For people; what the backend's cancellation says. */
  String reason();

  /**
   * Whether it ends an attempt that has not read back yet. A cause that makes the attempt say how
   * the job ends does not: the job may have ended before, and then that is what counts.
   */
  default boolean endsUnread() {
    return switch (this) {
      case Cancelled _, Expired _ -> false;
      case Unwritable _, HandedOver _ -> true;
    };
  }

  /**
   * Somebody cancelled the job.
   *
   * @param reason in their words
   */
  record Cancelled(String reason) implements StopCause {}

  /** The job's deadline passed. */
  record Expired() implements StopCause {
    @Override
    public String reason() {
      return "the job's deadline passed while it ran";
    }
  }

  /**
   * A record of the answer could not be written.
   *
   * @param reason why
   */
  record Unwritable(String reason) implements StopCause {}

  /** Another node takes over, for this one stops before the attempt is through or was given up. */
  record HandedOver() implements StopCause {
    @Override
    public String reason() {
      return "the node stopped before the attempt was through";
    }
  }
}
