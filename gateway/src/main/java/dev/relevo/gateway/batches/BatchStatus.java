package dev.relevo.gateway.batches;

import java.util.Locale;

/** Where a batch is, as OpenAI names it. */
enum BatchStatus {
  VALIDATING,
  FAILED,
  IN_PROGRESS,
  FINALIZING,
  COMPLETED,
  EXPIRED,
  CANCELLING,
  CANCELLED;

  /** Whether nothing more will happen to it. */
  boolean isEnd() {
    return switch (this) {
      case FAILED, COMPLETED, EXPIRED, CANCELLED -> true;
      case VALIDATING, IN_PROGRESS, FINALIZING, CANCELLING -> false;
    };
  }

  /** As callers see it. */
  String text() {
    return name().toLowerCase(Locale.ROOT);
  }
}
