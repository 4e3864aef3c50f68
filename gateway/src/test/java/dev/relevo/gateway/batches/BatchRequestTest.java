package dev.relevo.gateway.batches;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.relevo.gateway.http.HttpProblem;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

class BatchRequestTest {
  private static final String GOOD =
      """
      {"input_file_id":"file-1","endpoint":"/v1/chat/completions","completion_window":"24h","metadata":{"key":"value \\ud83e\\udd89"}}
      """;

  private static BatchRequest read(String json) {
    return BatchRequest.read((ObjectNode) JsonMapper.shared().readTree(json));
  }

  @Test
  void wholeCharactersAreTaken() {
    assertThat(read(GOOD).metadata()).containsEntry("key", "value \ud83e\udd89");
  }

  @ParameterizedTest
  @CsvSource({"file-1,input_file_id", "completions,endpoint", "key,metadata", "value,metadata"})
  void halfACharacterIsRefused(String where, String param) {
    assertThatThrownBy(() -> read(GOOD.replace(where, "\\ud800")))
        .isInstanceOfSatisfying(
            HttpProblem.class,
            problem -> {
              assertThat(problem.status()).isEqualTo(400);
              assertThat(problem.param()).isEqualTo(param);
              assertThat(problem.getMessage()).contains("half a character");
            });
  }
}
