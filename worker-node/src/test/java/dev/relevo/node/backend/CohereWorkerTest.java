package dev.relevo.node.backend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.common.config.ContinuePrefix;
import dev.relevo.common.protocol.AttemptFailure;
import dev.relevo.common.protocol.FinishReason;
import dev.relevo.common.protocol.Usage;
import mockwebserver3.RecordedRequest;
import okhttp3.HttpUrl;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(60)
class CohereWorkerTest {
  private static final String TEXT =
      event("'content-delta','index':0,'delta':{'message':{'content':{'text':'Grün 🌍'}}}");
  private static final String END =
      event(
          "'message-end','delta':{'finish_reason':'COMPLETE','usage':{'tokens':"
              + "{'input_tokens':3,'output_tokens':2}}}");

  private FakeServer server;

  @BeforeEach
  void start() throws Exception {
    server = new FakeServer();
  }

  @AfterEach
  void stop() {
    server.close();
  }

  @Test
  void streamsAnAnswer() throws Exception {
    server.stream(wire -> wire.sendBytewise(TEXT + END).end());
    try (Worker worker = settings().key("co-key").worker()) {
      Answer answer = Answer.of(worker, Answer.question());
      assertThat(answer.text()).isEqualTo("Grün 🌍");
      assertThat(answer.completion())
          .isEqualTo(new Completion.Finished(FinishReason.STOP, new Usage(3, 2), "m"));
    }
    RecordedRequest request = server.request();
    assertThat(request.getTarget()).isEqualTo("/v2/chat");
    assertThat(request.getHeaders().get("Authorization")).isEqualTo("Bearer co-key");
  }

  @Test
  void closesTheConnectionWhenCancelled() throws Exception {
    server.stream(wire -> wire.send(TEXT).sendForever(TEXT));
    try (Worker worker = settings().worker()) {
      CompletionRequest request = Answer.question();
      Completion completion =
          worker.streamCompletion(request, (_, _) -> request.cancellation().cancel("enough"));
      assertThat(completion).isEqualTo(new Completion.Cancelled("enough"));
    }
    assertThat(server.sawDisconnect()).isTrue();
  }

  @ParameterizedTest
  @CsvSource({
    "400, CALLER",
    "401, CREDENTIALS",
    "403, CREDENTIALS",
    "404, MODEL_MISSING",
    "422, CALLER",
    "429, RATE_LIMITED",
    "498, CREDENTIALS",
    "499, CALLER",
    "500, SERVER",
    "501, CALLER",
    "503, SERVER",
    "504, SERVER"
  })
  void tellsOneRefusalFromAnother(int status, Fault fault) throws Exception {
    server.answer(status, "{'id':'r','message':'why'}", "Retry-After", "3");
    try (Worker worker = settings().key("geheimnis").worker()) {
      Answer answer = Answer.of(worker, Answer.question());
      assertThat(answer.fault()).isEqualTo(fault);
      AttemptFailure failure = answer.failure();
      assertThat(failure.message())
          .startsWith("gpu-1 (Cohere at ")
          .contains(status + "", "why")
          .doesNotContain("geheimnis");
      assertThat(failure.retryAfterMs()).isEqualTo(status == 498 ? null : 3000L);
    }
  }

  @Test
  void readsAllPagesOfModelsThatChat() throws Exception {
    server
        .answer(
            200,
            "{'models':[{'name':'command-a','endpoints':['chat']}]," + "'next_page_token':'t 2'}")
        .answer(200, "{'models':[{'name':'command-r'}],'next_page_token':''}")
        .answer(401, "{'message':'invalid api token'}");
    try (Worker worker = settings().worker()) {
      assertThat(worker.healthCheck()).isEqualTo(WorkerHealth.AVAILABLE);
      assertThat(worker.info().models()).containsExactly("command-a", "command-r");
      assertThat(worker.healthCheck().reason()).contains("invalid api token", "api-key");
    }
    assertThat(server.request().getTarget()).isEqualTo("/v1/models?endpoint=chat&page_size=1000");
    assertThat(server.request().getTarget())
        .isEqualTo("/v1/models?endpoint=chat&page_size=1000&page_token=t%202");
  }

  @ParameterizedTest
  @CsvSource({"https://c", "https://c/", "https://c/v2", "https://c/v2/", "https://c/v1"})
  void findsItsAddressesWithAndWithoutAVersion(String base) {
    HttpUrl url = HttpUrl.get(base);
    assertThat(new CohereApi().completions(url, "m").toString()).isEqualTo("https://c/v2/chat");
    assertThat(new CohereApi().models(url, null).encodedPath()).isEqualTo("/v1/models");
  }

  @Test
  void continuesNoPrefixUnlessTheSettingsSaySo() throws Exception {
    try (Worker worker = settings().worker();
        Worker told = settings().continuePrefix(ContinuePrefix.TRUE).worker()) {
      assertThat(worker.continuesPrefix("m")).isFalse();
      assertThat(worker.info().capabilities().continuesPrefix()).isFalse();
      assertThat(told.continuesPrefix("m")).isTrue();
      assertThat(told.info().capabilities().continuesPrefix()).isTrue();
    }
  }

  private TestSettings settings() {
    return TestSettings.of("cohere", server.url());
  }

  private static String event(String fields) {
    return "data: {\"type\":" + fields.replace('\'', '"') + "}\n\n";
  }
}
