package dev.relevo.node.backend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.common.protocol.AttemptFailure;
import dev.relevo.common.protocol.FailureCodes;
import dev.relevo.common.protocol.FinishReason;
import dev.relevo.common.protocol.NodeBeat;
import dev.relevo.common.protocol.Usage;
import mockwebserver3.RecordedRequest;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(60)
class AnthropicWorkerTest {
  private static final String TEXT =
      event("'message_start','message':{'model':'claude-x','usage':{'input_tokens':10}}")
          + event("'content_block_delta','index':0,'delta':{'type':'text_delta','text':'Grün 🌍'}");
  private static final String END =
      event("'message_delta','delta':{'stop_reason':'end_turn'},'usage':{'output_tokens':4}")
          + event("'message_stop'");

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
    try (Worker worker = settings().key("sk-ant").worker()) {
      Answer answer = Answer.of(worker, Answer.question());
      assertThat(answer.text()).isEqualTo("Grün 🌍");
      assertThat(answer.completion())
          .isEqualTo(new Completion.Finished(FinishReason.STOP, new Usage(10, 4), "claude-x"));
    }
    RecordedRequest request = server.request();
    assertThat(request.getTarget()).isEqualTo("/v1/messages");
    assertThat(request.getHeaders().get("x-api-key")).isEqualTo("sk-ant");
    assertThat(request.getHeaders().get("anthropic-version")).isEqualTo("2023-06-01");
    assertThat(request.getHeaders().get("Authorization")).isNull();
  }

  @Test
  void closesTheConnectionWhenCancelled() throws Exception {
    server.stream(wire -> wire.send(TEXT).sendForever(event("'ping'")));
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
    "400, invalid_request_error, , CALLER",
    "401, authentication_error, , CREDENTIALS",
    "402, billing_error, , CREDENTIALS",
    "403, permission_error, , CREDENTIALS",
    "404, not_found_error, , MODEL_MISSING",
    "409, conflict_error, , SERVER",
    "413, request_too_large, , CALLER",
    "429, rate_limit_error, 7, RATE_LIMITED",
    "429, rate_limit_error, , CREDENTIALS",
    "500, api_error, , SERVER",
    "504, timeout_error, , SERVER",
    "529, overloaded_error, , SERVER"
  })
  void tellsOneRefusalFromAnother(int status, String type, String retryAfter, Fault fault)
      throws Exception {
    String body =
        "{'type':'error','error':{'type':'" + type + "','message':'why'},'request_id':'r'}";
    String[] headers =
        retryAfter == null ? new String[0] : new String[] {"retry-after", retryAfter};
    server.answer(status, body, headers);
    try (Worker worker = settings().key("geheimnis").worker()) {
      Answer answer = Answer.of(worker, Answer.question());
      assertThat(answer.fault()).isEqualTo(fault);
      AttemptFailure failure = answer.failure();
      assertThat(failure.message())
          .startsWith("gpu-1 (Anthropic at ")
          .contains(status + "", "why")
          .doesNotContain("geheimnis");
      assertThat(failure.retryAfterMs()).isEqualTo(retryAfter == null ? null : 7000L);
    }
  }

  @Test
  void readsAllPagesOfModels() throws Exception {
    server
        .answer(
            200,
            "{'data':[{'id':'claude-a'},{'id':'claude-b'}],'has_more':true,"
                + "'first_id':'claude-a','last_id':'claude-b'}")
        .answer(200, "{'data':[{'id':'claude-c'}],'has_more':false,'last_id':'claude-c'}")
        .answer(401, "{'type':'error','error':{'type':'authentication_error','message':'bad'}}")
        .answer(200, "{'something':'else'}");
    try (Worker worker = settings().worker()) {
      assertThat(worker.healthCheck()).isEqualTo(WorkerHealth.AVAILABLE);
      assertThat(worker.info().models()).containsExactly("claude-a", "claude-b", "claude-c");
      assertThat(worker.healthCheck().reason()).contains("401", "api-key");
      assertThat(worker.healthCheck().status()).isEqualTo(NodeBeat.Health.UNAVAILABLE);
    }
    assertThat(server.request().getTarget()).isEqualTo("/v1/models?limit=1000");
    assertThat(server.request().getTarget()).isEqualTo("/v1/models?limit=1000&after_id=claude-b");
  }

  @Test
  void aRefusedPrefixIsNotTriedAgainWithTheModel() throws Exception {
    server.answer(
        400,
        "{'type':'error','error':{'type':'invalid_request_error','message':'This model does not"
            + " support assistant message prefill. The conversation must end with a user"
            + " message.'}}");
    try (Worker worker = settings().worker()) {
      assertThat(worker.continuesPrefix("claude-opus-4-6")).isFalse();
      assertThat(worker.continuesPrefix("claude-haiku-4-5")).isTrue();
      CompletionRequest request =
          new CompletionRequest(
              Answer.object("{'messages':[]}"),
              "claude-haiku-4-5",
              "Once",
              60_000,
              new Cancellation());
      assertThat(Answer.of(worker, request).fault()).isEqualTo(Fault.PREFIX_REFUSED);
      assertThat(worker.continuesPrefix("claude-haiku-4-5")).isFalse();
    }
  }

  @Test
  void whatItCannotIsSaidWithoutAsking() throws Exception {
    try (Worker worker = settings().worker()) {
      AttemptFailure failure = Answer.of(worker, Answer.request("{'n':2}")).failure();
      assertThat(failure.code()).isEqualTo(FailureCodes.INVALID_REQUEST);
      assertThat(failure.retryable()).isTrue();
      assertThat(failure.message()).contains("n must be 1");
    }
  }

  private TestSettings settings() {
    return TestSettings.of("anthropic", server.url());
  }

  private static String event(String fields) {
    return "data: {\"type\":" + fields.replace('\'', '"') + "}\n\n";
  }
}
