package dev.relevo.node.core;

import dev.relevo.common.protocol.AttemptFailure;
import dev.relevo.node.backend.Fault;

/** How one call of an attempt to a backend ended. */
public sealed interface CallEnd {

  /**
   * The whole answer is written, {@code done} last.
   *
   * @param end who answered
   */
  record Whole(AttemptEnd.Succeeded end) implements CallEnd {}

  /**
   * It broke.
   *
   * @param failure why
   * @param fault what kind of failure it is
   * @param emitted whether it had brought anything
   */
  record Broken(AttemptFailure failure, Fault fault, boolean emitted) implements CallEnd {}

  /** A replay said something else than what readers have, or ended before it had repeated it. */
  record Parted() implements CallEnd {}

  /** The attempt was stopped. */
  record Stopped() implements CallEnd {}
}
