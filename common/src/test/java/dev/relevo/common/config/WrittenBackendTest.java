package dev.relevo.common.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WrittenBackendTest {
  @TempDir Path folder;

  private final SettingsLoader loader =
      new SettingsLoader().withTypes(List.of("openai", "ollama", "echo"));

  private List<String> problems(Map<String, String> written) {
    return catchThrowableOfType(
            SettingsException.class, () -> loader.backend("cloud", written, Map.of("LONG", "a\nb")))
        .problems();
  }

  @Test
  void readsWhatTheFileWouldSay() throws Exception {
    BackendSettings written =
        loader.backend(
            "cloud",
            Map.of(
                "type", "openai",
                "base-url", "https://api.example.com/v1",
                "models", "gpt-5-mini, gpt-5*",
                "priority", "50",
                "timeouts.first-token", "10s",
                "api-key", "${CLOUD_KEY}"),
            Map.of("CLOUD_KEY", "s3cret"));

    Path file =
        Files.writeString(
            folder.resolve("r.yaml"),
            """
            node:
              backends:
                - name: cloud
                  type: openai
                  base-url: https://api.example.com/v1
                  models: [gpt-5-mini, "gpt-5*"]
                  priority: 50
                  timeouts: { first-token: 10s }
                  api-key: s3cret
            """);
    assertThat(written).isEqualTo(loader.load(file, Map.of()).node().backends().getFirst());
    assertThat(written.timeouts().firstToken()).isEqualTo(Duration.ofSeconds(10));
  }

  @Test
  void onlyTheKeyLooksVariablesUp() {
    BackendSettings written =
        loader.backend("cloud", Map.of("models", "${CLOUD_KEY}"), Map.of("CLOUD_KEY", "s3cret"));

    assertThat(written.models()).containsExactly("${CLOUD_KEY}");
    assertThat(written.baseUrl()).isEqualTo(URI.create("http://localhost:11434"));
  }

  @Test
  void allThatIsWrongIsToldAtOnce() {
    assertThat(
            problems(
                Map.of(
                    "typ", "openai",
                    "type", "opnai",
                    "name", "other",
                    "priority", "high",
                    "models.0", "x",
                    "api-key", "${NOT_SET}")))
        .containsExactlyInAnyOrder(
            "backend cloud: typ: there is no such setting (did you mean type?)",
            "backend cloud: type: there is no adapter \"opnai\", only echo, ollama, openai"
                + " (did you mean openai?)",
            "backend cloud: name: there is no such setting",
            "backend cloud: priority: \"high\" is not a whole number from 0 to 1000000",
            "backend cloud: models.0: there is no such setting (did you mean models?)",
            "backend cloud: api-key: the environment variable NOT_SET is not set");
    assertThat(problems(Map.of("api-key", "${LONG}")))
        .containsExactly("backend cloud: api-key: the value is not a text without line breaks");
  }

  @Test
  void anUnknownTypeInAFileIsToldWithItsLine() throws Exception {
    Path file =
        Files.writeString(
            folder.resolve("r.yaml"),
            "node:\n  backends:\n    - type: echo\n    - type: olama\n      name: b\n");

    assertThat(
            catchThrowableOfType(SettingsException.class, () -> loader.load(file, Map.of()))
                .problems())
        .containsExactly(
            file
                + ":4: node.backends[1].type: there is no adapter \"olama\", only echo, ollama,"
                + " openai (did you mean ollama?)");
    assertThat(new SettingsLoader().load(file, Map.of()).node().backends()).hasSize(2);
  }
}
