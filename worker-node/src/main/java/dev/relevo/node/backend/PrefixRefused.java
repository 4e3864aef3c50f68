package dev.relevo.node.backend;

import dev.relevo.common.protocol.AttemptFailure;
import dev.relevo.common.protocol.FailureCodes;

/** The failure of an attempt whose server does not continue answers, as it turned out. */
final class PrefixRefused {
  private PrefixRefused() {}

  /** Retryable: the backend says from now on that it cannot, so the next attempt will not ask. */
  static AttemptFailure failure(ServerName server, Refusal refusal) {
    return new AttemptFailure(
        FailureCodes.BACKEND_ERROR,
        server
            + " does not continue an answer that was begun elsewhere and will not be asked to"
            + " again: "
            + refusal.error().message(),
        true,
        null);
  }
}
