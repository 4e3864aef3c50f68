package dev.relevo.gateway.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNoException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.relevo.common.protocol.NodeBeat;
import dev.relevo.common.protocol.NodeBeat.Health;
import dev.relevo.common.registry.RegisteredNode;
import dev.relevo.gateway.http.HttpProblem;
import dev.relevo.operator.Fleet;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ServedModelsTest {
  private static Fleet fleet(RegisteredNode... nodes) {
    return new Fleet(List.of(nodes), List.of(), Map.of(), 0);
  }

  private static RegisteredNode node(String id, Health health, String... models) {
    NodeBeat.Backend backend =
        new NodeBeat.Backend(
            "b", "openai", Arrays.asList(models), 10, 1, health, "CLOSED", null, null, null);
    NodeBeat beat =
        new NodeBeat(
            id,
            id + "-1",
            0,
            0,
            NodeBeat.State.READY,
            8,
            1_000,
            Map.of(),
            List.of(backend),
            List.of());
    return new RegisteredNode(beat, 0, 0, 0, 0);
  }

  private static HttpProblem refused(Fleet fleet, String... models) {
    return catchThrowableOfType(
        HttpProblem.class, () -> ServedModels.require(fleet, List.of(models)));
  }

  @Test
  void aModelThatNobodyHasIsNotWaitedFor() {
    Fleet fleet = fleet(node("one", Health.AVAILABLE, "gemma", "llama3*"));

    HttpProblem problem = refused(fleet, "gpt", "claude");

    assertThat(problem.status()).isEqualTo(404);
    assertThat(problem.code()).isEqualTo("model_not_found");
    assertThat(problem.param()).isEqualTo("model");
    assertThat(problem.words())
        .isEqualTo("No node has the model 'gpt' or 'claude'; there are 'gemma', 'llama3*'.");
  }

  @Test
  void oneThatSomebodyHasIsWaitedFor() {
    Fleet fleet =
        fleet(node("one", Health.UNAVAILABLE, "gemma"), node("two", Health.AVAILABLE, "llama3*"));

    assertThatNoException().isThrownBy(() -> ServedModels.require(fleet, List.of("gemma")));
    assertThatNoException()
        .isThrownBy(() -> ServedModels.require(fleet, List.of("x", "llama3:8b")));
    assertThatNoException().isThrownBy(() -> ServedModels.require(fleet(), List.of("anything")));
  }

  @Test
  void theListOfModelsIsBounded() {
    String[] models = IntStream.range(0, 25).mapToObj("m-%02d"::formatted).toArray(String[]::new);

    assertThat(refused(fleet(node("one", Health.AVAILABLE, models)), "x").words())
        .endsWith("'m-18', 'm-19' and 5 more.");
  }

  @Test
  void theFirstThatIsServedIsExpectedToAnswer() {
    Fleet fleet =
        fleet(node("one", Health.UNAVAILABLE, "a"), node("two", Health.AVAILABLE, "c", "b"));

    assertThat(ServedModels.expected(fleet, "a", List.of("b", "c"))).isEqualTo("b");
    assertThat(ServedModels.expected(fleet, "c", List.of("b"))).isEqualTo("c");
    assertThat(ServedModels.expected(fleet(), "a", List.of("b"))).isEqualTo("a");
  }
}
