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
   * @param failure why, and whether another node may succeed
   */
  record Failed(AttemptFailure failure) implements Completion {}

  /**
   * The request's cancellation ended it.
   *
   * @param reason in the words of who cancelled
   */
  record Cancelled(String reason) implements Completion {}
}
