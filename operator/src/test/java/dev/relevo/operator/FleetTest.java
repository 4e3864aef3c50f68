package dev.relevo.operator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.common.protocol.NodeBeat;
import dev.relevo.common.protocol.NodeBeat.Backend;
import dev.relevo.common.protocol.NodeBeat.Health;
import dev.relevo.common.registry.RegisteredNode;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class FleetTest {
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
  void prefersTheModelOfTheMostPreferredBackendThatWorks() {
    Fleet fleet =
        fleet(
            node("a", backend("cloud", 50, Health.AVAILABLE, "gpt")),
            node("b", backend("local", 10, Health.BUSY, "llama*", "gemma3:4b")),
            node("c", backend("broken", 1, Health.UNAVAILABLE, "best")));

    assertThat(fleet.preferredModel()).contains("gemma3:4b");
    assertThat(fleet.serves("llama3.2")).isTrue();
    assertThat(fleet.serves("best")).isFalse();
    assertThat(fleet.models()).containsExactly("best", "gemma3:4b", "gpt", "llama*");
  }

  @Test
  void withoutNodesThereIsNoModel() {
    assertThat(fleet().preferredModel()).isEmpty();
    assertThat(fleet(node("a", backend("p", 1, Health.AVAILABLE, "x*"))).preferredModel())
        .isEmpty();
  }

  @Test
  void aDispatcherThatIsSilentIsNotThere() {
    assertThat(fleet().liveDispatchers()).containsExactly("dispatcher-1");
  }
}
