package dev.relevo.node.backend;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class ModelNamesTest {
  private static final List<String> SERVED = List.of("llama3.2", "llama3.2:3b", "qwen.3", "qwenX3");

  @Test
  void withoutNamesEverythingIsOffered() {
    assertThat(new ModelNames(List.of()).resolve(SERVED)).isEqualTo(SERVED);
    assertThat(new ModelNames(List.of()).unasked()).isEmpty();
  }

  @Test
  void patternsStandForWhatTheServerHas() {
    ModelNames names = new ModelNames(List.of("llama3*", "gpt", "qwen.*", "none*"));
    assertThat(names.resolve(SERVED)).containsExactly("llama3.2", "llama3.2:3b", "gpt", "qwen.3");
    assertThat(names.unasked()).containsExactly("gpt");
  }

  @Test
  void theStarTakesEverything() {
    ModelNames names = new ModelNames(List.of("*"));
    assertThat(names.unasked()).containsExactly("*");
    assertThat(names.resolve(List.of("a"))).containsExactly("*", "a");
  }
}
