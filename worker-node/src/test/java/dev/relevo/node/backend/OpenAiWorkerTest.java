package dev.relevo.node.backend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.common.config.ContinuePrefix;
import dev.relevo.common.protocol.AttemptFailure;
import dev.relevo.common.protocol.FailureCodes;
import dev.relevo.common.protocol.FinishReason;
import dev.relevo.common.protocol.NodeBeat;
import dev.relevo.common.protocol.Usage;
import java.util.ArrayList;
import java.util.List;
import mockwebserver3.RecordedRequest;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.node.ObjectNode;

@Timeout(60)
class OpenAiWorkerTest {
  private static final String TEXT = chunk("'delta':{'content':'Grün 🌍'}");
  private static final String END =
      chunk("'delta':{},'finish_reason':'stop'")
          + event("{'choices':[],'usage':{'prompt_tokens':3,'completion_tokens':2}}")
          + "data: [DONE]\n\n";

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
  void streamsAnAnswerThatComesByteByByte() throws Exception {
    server.stream(wire -> wire.sendBytewise((TEXT + END).replace("\n", "\r\n")).end());
    try (Worker worker = settings().key("k3y").worker()) {
      Answer answer = Answer.of(worker, Answer.question());
      assertThat(answer.text()).isEqualTo("Grün 🌍");
      assertThat(answer.completion())
          .isEqualTo(new Completion.Finished(FinishReason.STOP, new Usage(3, 2), "qwen"));
    }
    RecordedRequest request = server.request();
    assertThat(request.getTarget()).isEqualTo("/v1/chat/completions");
    assertThat(request.getHeaders().get("Authorization")).isEqualTo("Bearer k3y");
    ObjectNode body = Answer.object(request.getBody().utf8());
    assertThat(body.path("model").stringValue()).isEqualTo("m");
    assertThat(body.path("stream_options").path("include_usage").booleanValue()).isTrue();
  }

  @Test
  void aWholeCompletionIsAnAnswerToo() throws Exception {
    server.answer(
        200,
        "{'choices':[{'index':0,'message':{'content':'Hi'},'finish_reason':'stop'}]}",
        "Content-Type",
        "application/json");
    assertThat(ask().text()).isEqualTo("Hi");
  }

  @Test
  void anErrorFrameBeforeTheEndMarkIsAFailure() throws Exception {
    server.stream(wire ->
        wire.send(TEXT)
            .send(event("{'error':{'message':'Internal server error','code':500}}"))
            .send("data: [DONE]\n\n")
            .end());
    Answer answer = ask();
    assertThat(answer.text()).isEqualTo("Grün 🌍");
    assertThat(answer.failure().message()).contains("Internal server error");
  }

  @Test
  void cutStreamsAreFailures() throws Exception {
    server.cut(wire -> wire.send(TEXT)).stream(wire -> wire.send(TEXT).end());
    try (Worker worker = settings().worker()) {
      for (int i = 0; i < 2; i++) {
        Answer answer = Answer.of(worker, Answer.question());
        assertThat(answer.text()).isEqualTo("Grün 🌍");
        assertThat(answer.failure().retryable()).isTrue();
        assertThat(answer.failure().message()).contains("gpu-1", server.url());
      }
    }
  }

  @Test
  void commentsHoldUpNothingWhileTheFirstPieceMayTakeItsTime() throws Exception {
    server.stream(wire -> {
      for (int i = 0; i < 5; i++) {
        wire.send(":\n\n").pause(150);
      }
      wire.send(TEXT + END).end();
    });
    // The comments last longer than the time between two pieces.
    try (Worker worker = settings().times(20_000, 300, 30_000).worker()) {
      assertThat(Answer.of(worker, Answer.question()).finished().reason())
          .isEqualTo(FinishReason.STOP);
    }
  }

  @Test
  void commentsAreNoProgress() throws Exception {
    server.stream(wire -> wire.sendForever(":\n\n", 20));
    server.stream(wire -> wire.send(TEXT).sendForever(":\n\n", 20));
    try (Worker worker = settings().times(300, 300, 30_000).worker()) {
      AttemptFailure before = Answer.of(worker, Answer.question()).failure();
      assertThat(before.message()).contains("signs of life", "timeouts.first-token");
      assertThat(before.retryable()).isTrue();
      Answer after = Answer.of(worker, Answer.question());
      assertThat(after.text()).isEqualTo("Grün 🌍");
      assertThat(after.failure().message()).contains("timeouts.idle");
    }
  }

  @Test
  void anAnswerThatWasWholeWhenItsConnectionBrokeIsWhole() throws Exception {
    String whole = TEXT + chunk("'delta':{},'finish_reason':'stop'");
    server.cut(wire -> wire.send(whole)).stream(wire -> wire.send(whole).stall());
    try (Worker worker = settings().times(20_000, 300, 30_000).worker()) {
      for (int i = 0; i < 2; i++) {
        assertThat(Answer.of(worker, Answer.question()).finished().reason())
            .isEqualTo(FinishReason.STOP);
      }
    }
  }

  @Test
  void tellsHowLongToWait() throws Exception {
    server
        .answer(429, "{'error':{'code':'rate_limit_exceeded'}}", "Retry-After", "2")
        .answer(429, "", "Retry-After", "9", "retry-after-ms", "150.5")
        .answer(429, "{'error':{'type':'insufficient_quota'}}");
    try (Worker worker = settings().worker()) {
      AttemptFailure limited = Answer.of(worker, Answer.question()).failure();
      assertThat(limited.retryAfterMs()).isEqualTo(2000);
      assertThat(limited.code()).isEqualTo("rate_limit_exceeded");
      assertThat(limited.retryable()).isTrue();
      AttemptFailure exact = Answer.of(worker, Answer.question()).failure();
      assertThat(exact.retryAfterMs()).isEqualTo(150);
      Completion.Failed spent = Answer.of(worker, Answer.question()).failed();
      assertThat(spent.fault()).isEqualTo(Fault.CREDENTIALS);
    }
  }

  @Test
  void asksOnceAndFollowsNoRedirect() throws Exception {
    server.answer(503, "").answer(307, "", "Location", server.url() + "/elsewhere");
    try (Worker worker = settings().worker()) {
      assertThat(Answer.of(worker, Answer.question()).failure().retryable()).isTrue();
      Completion.Failed moved = Answer.of(worker, Answer.question()).failed();
      assertThat(moved.fault()).isEqualTo(Fault.MALFORMED);
      assertThat(moved.failure().message()).contains("307", "base-url");
    }
    assertThat(server.request().getTarget()).isEqualTo("/v1/chat/completions");
    assertThat(server.request().getTarget()).isEqualTo("/v1/chat/completions");
  }

  @Test
  void aRefusedKeyIsSaidWithoutTheKey() throws Exception {
    server.answer(401, "{'error':'Unauthorized'}").answer(401, "{'error':'Unauthorized'}");
    try (Worker worker = settings().key("geheimnis").worker()) {
      Completion.Failed refused = Answer.of(worker, Answer.question()).failed();
      assertThat(refused.fault()).isEqualTo(Fault.CREDENTIALS);
      assertThat(refused.failure().message())
          .contains("401", "Unauthorized", "api-key")
          .doesNotContain("geheimnis");
      assertThat(worker.healthCheck().reason()).contains("api-key");
    }
  }

  @Test
  void offersTheModelsThatAreServed() throws Exception {
    server.answer(200, models("a/b", "x"));
    try (Worker worker = settings().models("a*", "named").worker()) {
      assertThat(worker.info().models()).containsExactly("named");
      assertThat(worker.healthCheck()).isEqualTo(WorkerHealth.AVAILABLE);
      assertThat(worker.info().models()).containsExactly("a/b", "named");
      assertThat(worker.info().capabilities().continuesPrefix()).isFalse();
    }
    assertThat(server.request().getTarget()).isEqualTo("/v1/models");
  }

  @Test
  void knowsMistralBehindAnAddressOfAnotherByItsList() throws Exception {
    server.answer(
        200,
        "{'object':'list','data':[{'id':'mistral-x','capabilities':{'completion_chat':true}},"
            + "{'id':'embed','capabilities':{'completion_chat':false}}]}");
    server.stream(wire -> wire.send(TEXT + END).end());
    try (Worker worker = settings().worker()) {
      assertThat(worker.continuesPrefix("mistral-x")).isFalse();
      assertThat(worker.healthCheck()).isEqualTo(WorkerHealth.AVAILABLE);
      assertThat(worker.info().models()).containsExactly("mistral-x");
      assertThat(worker.continuesPrefix("mistral-x")).isTrue();
      Answer.of(worker, Answer.request("{'messages':[],'seed':7}")).finished();
    }
    server.request();
    assertThat(server.requestBody().path("random_seed").intValue()).isEqualTo(7);
  }

  @Test
  void aServerWithoutAListIsWellIfItsModelsAreNamed() throws Exception {
    server.answer(404, "").answer(404, "");
    try (Worker named = settings().models("m").worker();
        Worker unnamed = settings().worker()) {
      assertThat(named.healthCheck()).isEqualTo(WorkerHealth.AVAILABLE);
      assertThat(unnamed.healthCheck().status()).isEqualTo(NodeBeat.Health.UNAVAILABLE);
    }
  }

  @Test
  void aServerThatLoadsItsModelIsNotReady() throws Exception {
    String loading = "{'error':{'code':503,'message':'Loading model','type':'unavailable_error'}}";
    server.answer(503, loading).answer(200, models("x", "llamacpp")).answer(503, loading);
    server.answer(503, loading);
    try (Worker worker = settings().worker()) {
      for (int i = 0; i < 2; i++) {
        WorkerHealth health = worker.healthCheck();
        assertThat(health.status()).isEqualTo(NodeBeat.Health.UNAVAILABLE);
        assertThat(health.reason()).contains("Loading model");
      }
      assertThat(Answer.of(worker, Answer.question()).failure().retryable()).isTrue();
    }
    assertThat(server.request().getTarget()).isEqualTo("/v1/models");
    assertThat(server.request().getTarget()).isEqualTo("/v1/models");
    assertThat(server.request().getTarget()).isEqualTo("/health");
  }

  @Test
  void aLlamaServerWithoutAFreeSlotIsBusy() throws Exception {
    server.answer(200, models("x", "llamacpp")).answer(200, "{'status':'ok'}");
    server.answer(200, "{'modalities':{'vision':false}}").answer(503, "{'error':{}}");
    try (Worker worker = settings().worker()) {
      assertThat(worker.healthCheck().status()).isEqualTo(NodeBeat.Health.BUSY);
      Completion completion =
          Answer.of(worker, Answer.request("{'messages':[{'content':[{'type':'image_url'}]}]}"))
              .completion();
      assertThat(((Completion.Failed) completion).fault()).isEqualTo(Fault.UNSUPPORTED);
      assertThat(((Completion.Failed) completion).failure().message()).contains("images");
    }
    for (String target : new String[] {"/v1/models", "/health", "/props"}) {
      assertThat(server.request().getTarget()).isEqualTo(target);
    }
    assertThat(server.request().getTarget()).isEqualTo("/slots?fail_on_no_slot=1");
  }

  @Test
  void tellsWhatTheResponseSaysOfLimits() throws Exception {
    server.answer(
        429, "", "x-ratelimit-remaining-requests", "0", "x-ratelimit-reset-requests", "1m0s");
    List<LimitNews> news = new ArrayList<>();
    CompletionRequest plain = Answer.question();
    try (Worker worker = settings().worker()) {
      Answer.of(
          worker,
          new CompletionRequest(plain.body(), "m", null, 60_000, plain.cancellation(), news::add));
    }
    assertThat(news).containsExactly(new LimitNews(0L, 60_000L, null, null));
  }

  @Test
  void vllmContinuesAPrefixWithBothFlags() throws Exception {
    server.answer(200, models("qwen", "vllm")).answer(200, "").answer(404, "");
    server.stream(wire -> wire.send(chunk("'delta':{'content':' a time'}")).send(END).end());
    try (Worker worker = settings().worker()) {
      assertThat(worker.info().capabilities().continuesPrefix()).isFalse();
      assertThat(worker.healthCheck()).isEqualTo(WorkerHealth.AVAILABLE);
      assertThat(worker.info().capabilities().continuesPrefix()).isTrue();
      assertThat(Answer.of(worker, Answer.question("Once upon ")).text()).isEqualTo("a time");
    }
    assertThat(server.request().getTarget()).isEqualTo("/v1/models");
    assertThat(server.request().getTarget()).isEqualTo("/health");
    assertThat(server.request().getTarget()).isEqualTo("/metrics");
    ObjectNode body = server.requestBody();
    assertThat(body.path("continue_final_message").booleanValue()).isTrue();
    assertThat(body.path("add_generation_prompt").booleanValue(true)).isFalse();
    assertThat(body.path("messages").get(1).path("content").stringValue()).isEqualTo("Once upon");
  }

  @Test
  void dropsAPrefixThatIsRepeated() throws Exception {
    server.stream(wire ->
        wire.send(chunk("'delta':{'content':'Once '}"))
            .send(chunk("'delta':{'content':'upon a time'}"))
            .send(END)
            .end());
    try (Worker worker = settings().continuePrefix(ContinuePrefix.TRUE).worker()) {
      assertThat(Answer.of(worker, Answer.question("Once upon")).text()).isEqualTo(" a time");
    }
  }

  @Test
  void aRefusedPrefixIsNotTriedAgain() throws Exception {
    server.answer(
        400,
        "{'error':{'code':400,'message':'Assistant response prefill is incompatible with"
            + " enable_thinking.','type':'invalid_request_error'}}");
    try (Worker worker = settings().continuePrefix(ContinuePrefix.TRUE).worker()) {
      assertThat(worker.continuesPrefix("m")).isTrue();
      AttemptFailure failure = Answer.of(worker, Answer.question("Once")).failure();
      assertThat(failure.retryable()).isTrue();
      assertThat(failure.code()).isEqualTo(FailureCodes.BACKEND_ERROR);
      assertThat(worker.continuesPrefix("m")).isFalse();
      assertThat(worker.continuesPrefix("another")).isTrue();
    }
  }

  private Answer ask() throws InterruptedException {
    try (Worker worker = settings().worker()) {
      return Answer.of(worker, Answer.question());
    }
  }

  private TestSettings settings() {
    return TestSettings.of("openai", server.url());
  }

  private static String models(String first, String second) {
    String owner = second.equals("vllm") || second.equals("llamacpp") ? second : "org";
    return "{'object':'list','data':[{'id':'"
        + first
        + "','owned_by':'"
        + owner
        + "'},{'id':'"
        + second
        + "'}]}";
  }

  private static String chunk(String fields) {
    return event("{'model':'qwen','choices':[{'index':0," + fields + "}]}");
  }

  private static String event(String data) {
    return "data: " + data.replace('\'', '"') + "\n\n";
  }
}
