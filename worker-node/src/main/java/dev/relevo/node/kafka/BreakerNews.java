package dev.relevo.node.kafka;

import dev.relevo.common.protocol.NodeBeat;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Tells in the log what became of circuit breakers since the last beat; each change asks for one at
 * once. Not thread-safe.
 */
final class BreakerNews {
  private static final String CLOSED = "CLOSED";

  private final Story story;
  private Map<String, String> last = Map.of();

  BreakerNews(Story story) {
    this.story = story;
  }

  /** What the backends are now; those that are not among them are forgotten. */
  void tell(List<NodeBeat.Backend> backends) {
    Map<String, String> now = HashMap.newHashMap(backends.size());
    for (NodeBeat.Backend backend : backends) {
      String state = backend.breaker();
      now.put(backend.name(), state);
      if (!state.equals(last.getOrDefault(backend.name(), CLOSED))) {
        story.breaker(backend.name(), state, why(state));
      }
    }
    last = now;
  }

  private static String why(String state) {
    return switch (state) {
      case "OPEN" -> "too many of its last calls failed, it is given nothing for a while";
      case "HALF_OPEN" -> "a few calls show whether it is well again";
      default -> "it is well again";
    };
  }
}
