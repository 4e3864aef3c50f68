package dev.relevo.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.common.protocol.Lane;
import dev.relevo.common.protocol.NodeBeat;
import dev.relevo.common.protocol.NodeBeat.Backend;
import dev.relevo.common.protocol.NodeBeat.Health;
import dev.relevo.common.registry.RegisteredNode;
import dev.relevo.operator.Fleet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class FleetTableTest {
  private static final long NOW_MS = 100_000;

  private static Backend backend(String name, int priority, Health health, String... models) {
    return new Backend(name, "openai", List.of(models), priority, 1, health, "CLOSED", 123.4, 5.0);
  }

  private static RegisteredNode node(String id, Backend... backends) {
    NodeBeat beat =
        new NodeBeat(
            id,
            "i-" + id,
            7,
            0,
            NodeBeat.State.READY,
            8,
            1_000,
            Map.of("0.1.1", NodeBeat.Phase.RUNNING, "0.1.2", NodeBeat.Phase.FINISHED),
            List.of(backends));
    long readNanos = TimeUnit.MILLISECONDS.toNanos(NOW_MS - 500);
    return new RegisteredNode(beat, 0, 0, readNanos, readNanos);
  }

  private static Fleet fleet(RegisteredNode... live) {
    return new Fleet(
        List.of(live), List.of(), Map.of("dispatcher-1", NOW_MS, "old", NOW_MS - 60_000), NOW_MS);
  }

  @Test
  void theTableHasARowForEachBackend() {
    Fleet fleet =
        fleet(
            node(
                "attic",
                backend("local", 10, Health.AVAILABLE, "gemma3:4b"),
                backend("cloud", 50, Health.UNAVAILABLE, "gpt")));

    assertThat(FleetTable.of(fleet, Set.of(Lane.BATCH)))
        .containsExactly(
            "NODE   STATE  SLOT  JOBS  BEAT  BACKEND  HEALTH       TTFT   MODELS",
            "attic  ready  7     1/8   0.5s  local    available    123ms  gemma3:4b",
            "                                cloud    unavailable  123ms  gpt",
            "Dispatchers: dispatcher-1",
            "Lane batch is paused: nothing new of it begins before ./relevo resume batch");
  }

  @Test
  void anEmptyHouseSaysSo() {
    Fleet empty = new Fleet(List.of(), List.of(), Map.of(), NOW_MS);

    assertThat(FleetTable.of(empty, Set.of()))
        .containsExactly("No nodes.", "No dispatcher: jobs wait until one is started.");
  }
}
