package dev.relevo.node.backend;

import dev.relevo.common.protocol.FailureCodes;
import dev.relevo.node.backend.WorkerInfo.Feature;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/** The failure of a call that was not even made: its backend cannot do what is asked. */
final class Unsupported {
  private Unsupported() {}

  /**
   * The failure, or null if nothing stands against the call.
   *
   * @param can what can be asked of the backend, as far as is known
   * @param body the request's
   */
  static Completion.@Nullable Failed by(Set<Feature> can, ObjectNode body, ServerName server) {
    String missing =
        Wishes.of(body).stream()
            .filter(wish -> !can.contains(wish))
            .map(Wishes::words)
            .collect(Collectors.joining(", "));
    return missing.isEmpty()
        ? null
        : failure(server, "cannot do what the request asks for: " + missing);
  }

  /** The failure, in the words of whoever knows better. */
  static Completion.Failed failure(ServerName server, String what) {
    return Completion.failed(Fault.UNSUPPORTED, FailureCodes.INVALID_REQUEST, server + " " + what);
  }
}
