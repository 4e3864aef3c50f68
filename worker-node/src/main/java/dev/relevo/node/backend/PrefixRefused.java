package dev.relevo.node.backend;

import dev.relevo.common.protocol.FailureCodes;

/** The failure of an attempt whose server does not continue answers, as it turned out. */
final class PrefixRefused {
  private PrefixRefused() {}

  /** The backend says from now on that it cannot, so nobody will ask it to again. */
  static Completion.Failed failure(ServerName server, Refusal refusal) {
    return Completion.failed(
        Fault.PREFIX_REFUSED,
        FailureCodes.BACKEND_ERROR,
        server
            + " does not continue an answer that was begun elsewhere and will not be asked to"
            + " again: "
            + refusal.error().message());
  }
}
