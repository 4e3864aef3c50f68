package dev.relevo.operator;

import static dev.relevo.operator.Beats.backend;
import static dev.relevo.operator.Beats.beat;
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

  private static RegisteredNode node(NodeBeat.State state, String id, Backend... backends) {
    long readNanos = TimeUnit.MILLISECONDS.toNanos(NOW_MS - 500);
    return new RegisteredNode(beat(id, state, backends), 0, 0, readNanos, readNanos);
  }

  private static RegisteredNode node(String id, Backend... backends) {
    return node(NodeBeat.State.READY, id, backends);
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

  @Test
  void tellsWhatIsServedNowAndByWhom() {
    Fleet fleet =
        fleet(
            node("a", backend("cloud", 50, Health.BUSY, "gpt", "llama3.2")),
            node("b", backend("local", 10, Health.AVAILABLE, "llama3*")),
            node("c", backend("broken", 1, Health.UNAVAILABLE, "best", "gpt")),
            node(NodeBeat.State.DRAINING, "d", backend("leaves", 1, Health.AVAILABLE, "old")));

    assertThat(fleet.servedModels())
        .extracting(ServedModel::model)
        .containsExactly("gpt", "llama3.2");
    assertThat(fleet.served("gpt").orElseThrow().health()).isEqualTo(Health.BUSY);
    assertThat(fleet.served("llama3.2").orElseThrow())
        .isEqualTo(fleet.servedModels().getLast())
        .satisfies(model -> assertThat(model.health()).isEqualTo(Health.AVAILABLE))
        .satisfies(model ->
            assertThat(model.servers())
                .extracting(ServedModel.Server::node)
                .containsExactly("a", "b"));
    assertThat(fleet.served("llama3.3")).as("by a pattern").isPresent();
    assertThat(fleet.served("best")).as("its backend does not work").isEmpty();
    assertThat(fleet.served("old")).as("its node takes nothing new").isEmpty();
    assertThat(fleet.runningFences()).containsExactly("0.1.1");
  }
}
