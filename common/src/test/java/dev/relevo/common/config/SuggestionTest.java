package dev.relevo.common.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SuggestionTest {
  @ParameterizedTest
  @CsvSource({
    "window,window,0", "widnow,window,1", "windo,window,1", "windoww,window,1",
    "wimdow,window,1", "WINDOW,window,0", "'',abc,3", "ackTimeout,ack-timeout,1"
  })
  void countsChanges(String word, String other, int changes) {
    assertThat(Suggestion.distance(word, other)).isEqualTo(changes);
  }

  @Test
  void offersOnlyWhatIsNear() {
    List<String> names = List.of("ollama", "openai", "echo");

    assertThat(Suggestion.nearest("olama", names)).contains("ollama");
    assertThat(Suggestion.nearest("mistral", names)).isEmpty();
    assertThat(Suggestion.nearest("x".repeat(10_000), names)).isEmpty();
  }
}
