package dev.relevo.node.core;

import dev.relevo.common.protocol.AttemptFailure;
import dev.relevo.common.protocol.AttemptOutcome;
import dev.relevo.common.protocol.Usage;
import org.jspecify.annotations.Nullable;

/** How an attempt ended, before it is told to the dispatcher. */
public sealed interface AttemptEnd {

  /**
   * Readers have the whole answer.
   *
   * @param usage what the backend counted, if it did
   * @param backend who answered
   * @param model the model that answered
   */
  record Succeeded(@Nullable Usage usage, String backend, String model) implements AttemptEnd {}

  /**
   * It failed.
   *
   * @param failure why, and whether another node may succeed
   */
  record Failed(AttemptFailure failure) implements AttemptEnd {}

  /**
   * The request is too long for a model, and what the job's list names after it cannot be asked
   * here.
   *
   * @param failure in the provider's words
   * @param backend who said so
   * @param model the last model in the list that it is too long for
   */
  record TooLong(AttemptFailure failure, String backend, String model) implements AttemptEnd {}

  /** It was stopped on request, or because nobody listens any more. */
  record Cancelled() implements AttemptEnd {}

  /** Its deadline passed while it ran. */
  record Expired() implements AttemptEnd {}

  /** The word for it in {@code finished}. */
  default AttemptOutcome outcome() {
    return switch (this) {
      case Succeeded _ -> AttemptOutcome.SUCCEEDED;
      case Failed _, TooLong _ -> AttemptOutcome.FAILED;
      case Cancelled _ -> AttemptOutcome.CANCELLED;
      case Expired _ -> AttemptOutcome.EXPIRED;
    };
  }

  /** Why it failed, if it did. */
  default @Nullable AttemptFailure failure() {
    return switch (this) {
      case Failed failed -> failed.failure();
      case TooLong tooLong -> tooLong.failure();
      case Succeeded _, Cancelled _, Expired _ -> null;
    };
  }

  /** A failure that another node may be spared from. */
  static Failed retryable(String code, String message) {
    return new Failed(new AttemptFailure(code, message, true, null));
  }

  /** A failure that every node would share. */
  static Failed terminal(String code, String message) {
    return new Failed(new AttemptFailure(code, message, false, null));
  }
}
