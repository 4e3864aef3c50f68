package dev.relevo.node.backend;

import dev.relevo.common.protocol.AttemptFailure;
import dev.relevo.common.protocol.FinishReason;
import dev.relevo.common.protocol.Usage;
import org.jspecify.annotations.Nullable;

/** The one terminal of a completion. */
public sealed interface Completion {

  /**
   * The answer is whole.
   *
   * @param reason why the model stopped; never {@code error}
   * @param usage what the backend counted, if it did
   * @param model the model that answered, in the backend's words
   */
  record Finished(FinishReason reason, @Nullable Usage usage, String model) implements Completion {}

  /**
   * The answer broke, or never began.
   *
   * @param failure why, as it is told to others; retryable exactly where the fault lets somebody
   *     else try
   * @param fault what kind of failure it is: what the node does about it
   */
  record Failed(AttemptFailure failure, Fault fault) implements Completion {
    public Failed {
      if (failure.retryable() != fault.elsewhere()) {
        throw new IllegalArgumentException(
            "a failure of kind " + fault + " cannot be retryable=" + failure.retryable());
      }
    }
  }

  /**
   * The request's cancellation ended it.
   *
   * @param reason in the words of who cancelled
   */
  record Cancelled(String reason) implements Completion {}

  /** A failure of a kind, which says whether it is retryable. */
  static Failed failed(Fault fault, String code, String message) {
    return failed(fault, code, message, null);
  }

  /**
   * A failure of a kind, which says whether it is retryable.
   *
   * @param code for programs, one of {@link dev.relevo.common.protocol.FailureCodes} or a backend's
   *     own
   * @param message for people
   * @param retryAfterMs how long the provider asked to wait, milliseconds, if it did
   */
  static Failed failed(Fault fault, String code, String message, @Nullable Long retryAfterMs) {
    return new Failed(new AttemptFailure(code, message, fault.elsewhere(), retryAfterMs), fault);
  }
}
