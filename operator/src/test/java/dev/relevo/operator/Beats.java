package dev.relevo.operator;

import dev.relevo.common.protocol.NodeBeat;
import dev.relevo.common.protocol.NodeBeat.Backend;
import dev.relevo.common.protocol.NodeBeat.Health;
import java.util.List;
import java.util.Map;

/** Beats of nodes, for tests. */
final class Beats {
  private Beats() {}

  static Backend backend(String name, int priority, Health health, String... models) {
    return new Backend(name, "openai", List.of(models), priority, 1, health, "CLOSED", 123.4, 5.0);
  }

  static NodeBeat beat(String id, NodeBeat.State state, Backend... backends) {
    return new NodeBeat(
        id,
        "i-" + id,
        7,
        0,
        state,
        8,
        1_000,
        Map.of("0.1.1", NodeBeat.Phase.RUNNING, "0.1.2", NodeBeat.Phase.FINISHED),
        List.of(backends));
  }
}
