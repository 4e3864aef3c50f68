package dev.relevo.node.backend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.node.core.BackendBoard;
import dev.relevo.node.core.BackendPolicy;
import dev.relevo.node.core.BackendStrategy;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ModelNamesTest {
  private static final List<String> SERVED = List.of("llama3.2", "llama3.2:3b", "qwen.3", "qwenX3");

  @Test
  void withoutNamesEverythingIsOffered() {
    assertThat(new ModelNames("local", List.of()).resolve(SERVED)).isEqualTo(SERVED);
    assertThat(new ModelNames("local", List.of()).unasked()).isEmpty();
  }

  @Test
  void patternsStandForWhatTheServerHas() {
    ModelNames names = new ModelNames("local", List.of("llama3*", "gpt", "qwen.*", "none*"));
    assertThat(names.resolve(SERVED)).containsExactly("llama3.2", "llama3.2:3b", "gpt", "qwen.3");
    assertThat(names.unasked()).containsExactly("gpt");
  }

  @Test
  void theStarTakesEverything() {
    ModelNames names = new ModelNames("local", List.of("*"));
    assertThat(names.unasked()).containsExactly("*");
    assertThat(names.resolve(List.of("a"))).containsExactly("*", "a");
  }

  @Test
  void whatNoBeatCanCarryIsLeftOutAndTheRestIsOffered() {
    List<String> served =
        List.of("", " ", "a".repeat(257), "with\u0007bell", "half \ud83d", "b".repeat(256), "c");
    for (List<String> configured : List.of(List.<String>of(), List.of("*"))) {
      WorkerInfo info =
          new WorkerInfo(
              "local",
              "openai",
              new ModelNames("local", configured).resolve(served),
              new WorkerInfo.Capabilities(true),
              1);
      BackendBoard board = new BackendBoard(BackendStrategy.LOCAL_FIRST, new Random(1));
      board.add(info, 10, BackendPolicy.DEFAULT);

      assertThat(info.models()).contains("b".repeat(256), "c").hasSize(2 + configured.size());
      assertThat(board.view(0)).hasSize(1);
    }
  }

  @Test
  void anEndlessListIsCut() {
    List<String> served = IntStream.range(0, 5_000).mapToObj(i -> "model-" + i).toList();

    assertThat(new ModelNames("local", List.of("model-4999", "*")).resolve(served))
        .hasSize(ModelNames.MAX_OFFERED)
        .startsWith("model-4999", "*", "model-0");
  }
}
