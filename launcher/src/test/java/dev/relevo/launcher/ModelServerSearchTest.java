package dev.relevo.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.common.config.BackendSettings;
import dev.relevo.common.config.NodeSettings;
import dev.relevo.common.config.Settings;
import dev.relevo.launcher.ModelServerSearch.Place;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import mockwebserver3.MockResponse;
import mockwebserver3.MockWebServer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ModelServerSearchTest {
  private static final Duration BOUND = Duration.ofSeconds(5);
  private static final NodeSettings UNCONFIGURED = Settings.defaults().node();

  private final MockWebServer server = new MockWebServer();

  @BeforeEach
  void start() throws IOException {
    server.start();
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private String address() {
    return "http://127.0.0.1:" + server.getPort();
  }

  private void answer(String json) {
    server.enqueue(
        new MockResponse.Builder()
            .addHeader("Content-Type", "application/json")
            .body(json)
            .build());
  }

  private List<ModelServer> search(Place... places) {
    return new ModelServerSearch(List.of(places), BOUND).run();
  }

  @Test
  void findsOllamaAndItsModels() throws Exception {
    answer("{\"models\":[{\"name\":\"gemma3:4b\",\"size\":1},{\"name\":\"llama3.2:latest\"}]}");

    assertThat(search(Place.ollama(address())))
        .singleElement()
        .satisfies(found -> {
          assertThat(found.type()).isEqualTo("ollama");
          assertThat(found.baseUrl()).hasToString(address());
          assertThat(found.models()).containsExactly("gemma3:4b", "llama3.2:latest");
        });
    assertThat(server.takeRequest(1, TimeUnit.SECONDS).getTarget()).isEqualTo("/api/tags");
  }

  @Test
  void findsACompatibleServer() throws Exception {
    answer("{\"object\":\"list\",\"data\":[{\"id\":\"qwen3\",\"object\":\"model\"}]}");

    assertThat(search(Place.openAi("vLLM", "vllm", address())))
        .singleElement()
        .satisfies(found -> {
          assertThat(found.type()).isEqualTo("openai");
          assertThat(found.baseUrl()).hasToString(address() + "/v1");
          assertThat(found.models()).containsExactly("qwen3");
        });
    assertThat(server.takeRequest(1, TimeUnit.SECONDS).getTarget()).isEqualTo("/v1/models");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"<html>hello</html>", "{\"data\":\"none\"}", "{\"data\":[{\"title\":\"x\"}]}", ""})
  void whoeverAnswersSomethingElseIsNoModelServer(String body) {
    answer(body);

    assertThat(search(Place.openAi("vLLM", "vllm", address()))).isEmpty();
  }

  @Test
  void whoeverRefusesIsNoModelServer() {
    server.enqueue(new MockResponse.Builder().code(404).build());

    assertThat(search(Place.openAi("vLLM", "vllm", address()))).isEmpty();
  }

  @Test
  void aServerThatHangsHoldsUpNobody() throws Exception {
    server.enqueue(new MockResponse.Builder().headersDelay(1, TimeUnit.MINUTES).body("{}").build());
    Place hanging = Place.openAi("vLLM", "vllm", address());
    Place nobody = Place.ollama("http://127.0.0.1:" + FreePort.next());
    long startNanos = System.nanoTime();

    assertThat(new ModelServerSearch(List.of(hanging, nobody), Duration.ofMillis(300)).run())
        .isEmpty();

    assertThat(Duration.ofNanos(System.nanoTime() - startNanos)).isLessThan(BOUND);
  }

  @Test
  void aServerThatWasFoundIsUsed() {
    answer("{\"models\":[{\"name\":\"gemma3:4b\"}]}");
    ModelServerSearch search = new ModelServerSearch(List.of(Place.ollama(address())), BOUND);

    BackendChoice choice = BackendChoice.of(UNCONFIGURED, search);

    assertThat(choice.backends()).extracting(BackendSettings::type).containsExactly("ollama");
    assertThat(choice.backends().getFirst().models()).isEmpty();
    assertThat(choice.notes()).singleElement().asString().contains("Ollama").contains("gemma3:4b");
  }

  @Test
  void withoutAModelTheEchoModelAnswersAndSaysSo() {
    answer("{\"models\":[]}");
    ModelServerSearch search = new ModelServerSearch(List.of(Place.ollama(address())), BOUND);

    BackendChoice choice = BackendChoice.of(UNCONFIGURED, search);

    assertThat(choice.backends()).extracting(BackendSettings::type).containsExactly("echo");
    assertThat(choice.notes()).hasSize(2);
    assertThat(choice.notes().getFirst()).contains("Ollama").contains("no model yet");
    assertThat(choice.notes().getLast()).contains("echo");
  }
}
