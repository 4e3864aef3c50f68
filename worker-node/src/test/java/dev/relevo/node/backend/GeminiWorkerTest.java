package dev.relevo.node.backend;

import static org.assertj.core.api.Assertions.assertThat;

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
class GeminiWorkerTest {
  private static final String TEXT = event("'content':{'parts':[{'text':'Grün 🌍'}]}");
  private static final String END = event("'finishReason':'STOP'");

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
  void streamsAnAnswerAndSendsTheKeyInItsOwnHeader() throws Exception {
    server.stream(wire -> wire.sendBytewise(TEXT + END).end());
    try (Worker worker = settings().key("AIza").worker()) {
      CompletionRequest request =
          new CompletionRequest(
              Answer.object("{'messages':[]}"),
              "models/gemini-2.5-pro",
              null,
              60_000,
              new Cancellation());
      Answer answer = Answer.of(worker, request);
      assertThat(answer.text()).isEqualTo("Grün 🌍");
      assertThat(answer.completion())
          .isEqualTo(new Completion.Finished(FinishReason.STOP, new Usage(5, 3), "gemini-x"));
    }
    RecordedRequest request = server.request();
    assertThat(request.getTarget())
        .isEqualTo("/v1beta/models/gemini-2.5-pro:streamGenerateContent?alt=sse");
    assertThat(request.getHeaders().get("x-goog-api-key")).isEqualTo("AIza");
    assertThat(request.getHeaders().get("Authorization")).isNull();
  }

  @Test
  void aModelsNameStaysInItsPlace() {
    String target =
        new GeminiApi().completions(HttpUrl.get("https://g/v1beta/"), "../../x?y#z").toString();
    assertThat(target)
        .isEqualTo("https://g/v1beta/models/..%2F..%2Fx%3Fy%23z:streamGenerateContent?alt=sse");
  }

  @Test
  void aCutStreamIsAFailure() throws Exception {
    server.cut(wire -> wire.send(TEXT)).stream(wire -> wire.send(TEXT).end());
    try (Worker worker = settings().worker()) {
      for (int i = 0; i < 2; i++) {
        Answer answer = Answer.of(worker, Answer.question());
        assertThat(answer.text()).isEqualTo("Grün 🌍");
        assertThat(answer.fault()).isEqualTo(Fault.CUT);
      }
    }
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
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "400 | 'status':'INVALID_ARGUMENT' | CALLER |",
        "400 | 'status':'INVALID_ARGUMENT','details':[{'reason':'API_KEY_INVALID'}] | CREDENTIALS|",
        "400 | 'status':'FAILED_PRECONDITION' | CREDENTIALS |",
        "402 | 'status':'X' | CREDENTIALS |",
        "403 | 'status':'PERMISSION_DENIED' | CREDENTIALS |",
        "404 | 'status':'NOT_FOUND' | MODEL_MISSING |",
        "429 | 'status':'RESOURCE_EXHAUSTED','details':[{'x':1},{'retryDelay':'34.5s'}] |"
            + " RATE_LIMITED | 34500",
        "499 | 'status':'CANCELLED' | CALLER |",
        "500 | 'status':'INTERNAL' | SERVER |",
        "503 | 'status':'UNAVAILABLE' | SERVER |",
        "504 | 'status':'DEADLINE_EXCEEDED' | SERVER |"
      })
  void tellsOneRefusalFromAnother(int status, String fields, Fault fault, Long retryAfterMs)
      throws Exception {
    String error = "{'error':{'code':" + status + ",'message':'why'," + fields + "}}";
    server.answer(status, error).answer(status, "[" + error + "]");
    try (Worker worker = settings().key("geheimnis").worker()) {
      for (int i = 0; i < 2; i++) {
        Answer answer = Answer.of(worker, Answer.question());
        assertThat(answer.fault()).isEqualTo(fault);
        AttemptFailure failure = answer.failure();
        assertThat(failure.message())
            .startsWith("gpu-1 (Gemini at ")
            .contains(status + "", "why")
            .doesNotContain("geheimnis");
        assertThat(failure.retryAfterMs()).isEqualTo(retryAfterMs);
      }
    }
  }

  @Test
  void readsAllPagesOfModelsThatChat() throws Exception {
    server
        .answer(
            200,
            "{'models':[{'name':'models/gemini-a','supportedGenerationMethods':"
                + "['generateContent','countTokens']},{'name':'models/embed',"
                + "'supportedGenerationMethods':['embedContent']}],'nextPageToken':'p=2'}")
        .answer(200, "{'models':[{'name':'models/gemini-b'}]}")
        .answer(
            400,
            "{'error':{'code':400,'message':'API key not valid.','status':'INVALID_ARGUMENT',"
                + "'details':[{'reason':'API_KEY_INVALID'}]}}");
    try (Worker worker = settings().worker()) {
      assertThat(worker.healthCheck()).isEqualTo(WorkerHealth.AVAILABLE);
      assertThat(worker.info().models()).containsExactly("gemini-a", "gemini-b");
      assertThat(worker.healthCheck().reason()).contains("API key not valid", "api-key");
    }
    assertThat(server.request().getTarget()).isEqualTo("/v1beta/models?pageSize=1000");
    assertThat(server.request().getTarget())
        .isEqualTo("/v1beta/models?pageSize=1000&pageToken=p%3D2");
  }

  @Test
  void aRefusedPrefixIsNotTriedAgainWithTheModel() throws Exception {
    server.answer(
        400,
        "{'error':{'code':400,'message':'Requests ending with a model turn are not supported.',"
            + "'status':'INVALID_ARGUMENT'}}");
    try (Worker worker = settings().worker()) {
      CompletionRequest request =
          new CompletionRequest(
              Answer.object("{'messages':[]}"), "gemini-3", "Once", 60_000, new Cancellation());
      assertThat(worker.continuesPrefix("gemini-3")).isTrue();
      assertThat(Answer.of(worker, request).fault()).isEqualTo(Fault.PREFIX_REFUSED);
      assertThat(worker.continuesPrefix("gemini-3")).isFalse();
      assertThat(worker.continuesPrefix("gemini-2.5-pro")).isTrue();
    }
  }

  private TestSettings settings() {
    return TestSettings.of("gemini", server.url());
  }

  private static String event(String fields) {
    String chunk =
        "{'candidates':[{"
            + fields
            + "}],'usageMetadata':{'promptTokenCount':5,'candidatesTokenCount':3},"
            + "'modelVersion':'gemini-x'}";
    return "data: " + chunk.replace('\'', '"') + "\n\n";
  }
}
