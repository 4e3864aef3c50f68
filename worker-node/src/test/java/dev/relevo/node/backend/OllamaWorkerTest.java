package dev.relevo.node.backend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.common.config.ContinuePrefix;
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

@Timeout(60)
class OllamaWorkerTest {
  private static final String TEXT = line("'message':{'content':'Grün 🌍'},'done':false");
  private static final String END =
      line("'message':{'content':''},'done':true,'done_reason':'stop','eval_count':2");

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
    server.stream(wire -> wire.sendBytewise(TEXT + END).end());
    try (Worker worker = settings().key("k3y").worker()) {
      Answer answer = Answer.of(worker, Answer.question());
      assertThat(answer.text()).isEqualTo("Grün 🌍");
      assertThat(answer.completion())
          .isEqualTo(new Completion.Finished(FinishReason.STOP, new Usage(0, 2), "llama3.2"));
    }
    RecordedRequest request = server.request();
    assertThat(request.getTarget()).isEqualTo("/api/chat");
    assertThat(request.getHeaders().get("Authorization")).isEqualTo("Bearer k3y");
    assertThat(Answer.object(request.getBody().utf8()).path("stream").booleanValue()).isTrue();
  }

  @Test
  void anOrderlyEndWithoutTheLastLineIsAFailure() throws Exception {
    server.stream(wire -> wire.send(TEXT).end());
    Answer answer = ask();
    assertThat(answer.text()).isEqualTo("Grün 🌍");
    assertThat(answer.failure().retryable()).isTrue();
    assertThat(answer.failure().message())
        .startsWith("gpu-1 (Ollama at " + server.url() + ") closed the connection");
  }

  @Test
  void aCutConnectionIsAFailure() throws Exception {
    server.cut(wire -> wire.send(TEXT));
    Answer answer = ask();
    assertThat(answer.text()).isEqualTo("Grün 🌍");
    assertThat(answer.failure().code()).isEqualTo(FailureCodes.BACKEND_ERROR);
    assertThat(answer.failure().retryable()).isTrue();
  }

  @Test
  void anErrorLineAfterTextIsAFailure() throws Exception {
    server.stream(wire -> wire.send(TEXT).send("{\"error\":\"runner died\"}\n").end());
    Answer answer = ask();
    assertThat(answer.text()).isEqualTo("Grün 🌍");
    assertThat(answer.failure().message()).contains("runner died");
  }

  @Test
  void aFullQueueIsForAnotherNode() throws Exception {
    server.answer(503, "{'error':'server busy, please try again.  maximum pending requests'}");
    assertThat(ask().failure().retryable()).isTrue();
  }

  @Test
  void saysHowToGetAMissingModel() throws Exception {
    server.answer(404, "{'error':'model \\u0022m\\u0022 not found'}");
    AttemptFailure failure = ask().failure();
    assertThat(failure.message()).contains("has no model 'm'", "ollama pull m", server.url());
    assertThat(failure.retryable()).isTrue();
  }

  @Test
  void refusesWhatItCannotSayWithoutACall() throws Exception {
    try (Worker worker = settings().worker()) {
      AttemptFailure failure = Answer.of(worker, Answer.request("{'n':3}")).failure();
      assertThat(failure.code()).isEqualTo(FailureCodes.INVALID_REQUEST);
      assertThat(failure.message()).startsWith("gpu-1").contains("several answers");
      assertThat(failure.retryable()).isTrue();
    }
  }

  @Test
  void doesNotAskAModelForWhatItCannotDo() throws Exception {
    server.answer(200, "{'capabilities':['completion','vision']}");
    server.answer(400, "{'error':'\\u0022m\\u0022 does not support chat'}");
    CompletionRequest tools = Answer.request("{'tools':[{'type':'function'}]}");
    try (Worker worker = settings().worker()) {
      for (int i = 0; i < 2; i++) {
        Completion.Failed failed = (Completion.Failed) Answer.of(worker, tools).completion();
        assertThat(failed.fault()).isEqualTo(Fault.UNSUPPORTED);
        assertThat(failed.failure().message()).contains("tools");
      }
      Completion completion = Answer.of(worker, Answer.question()).completion();
      assertThat(((Completion.Failed) completion).fault()).isEqualTo(Fault.UNSUPPORTED);
    }
    assertThat(server.request().getTarget()).isEqualTo("/api/show");
    assertThat(server.request().getTarget()).isEqualTo("/api/chat");
  }

  @Test
  void waitsWhileTheModelIsNotLoaded() throws Exception {
    server.stream(wire -> {
      wire.pause(900);
      wire.send(TEXT + END).end();
    });
    for (int i = 0; i < 20; i++) {
      server.answer(200, "{'models':[{'name':'other'}]}");
    }
    try (Worker worker = settings().times(150, 10_000, 20_000).worker()) {
      assertThat(Answer.of(worker, Answer.question()).text()).isEqualTo("Grün 🌍");
    }
  }

  @Test
  void aLoadedModelHasItsTimeAndNoMore() throws Exception {
    server.stream(FakeServer.Wire::stall);
    // Two moments: it is still being loaded. The same moment: it has answered before.
    server.answer(200, ps("2026-01-05T10:00:00Z")).answer(200, ps("2026-01-05T10:00:01Z"));
    server.answer(200, ps("2026-01-05T10:00:02Z")).answer(200, ps("2026-01-05T10:00:02Z"));
    server.answer(200, ps("2026-01-05T10:00:02Z")).answer(200, ps("2026-01-05T10:00:02Z"));
    try (Worker worker = settings().times(150, 10_000, 20_000).worker()) {
      assertThat(Answer.of(worker, Answer.question()).failure().message()).contains("first-token");
    }
    assertThat(server.request().getTarget()).isEqualTo("/api/chat");
    for (int i = 0; i < 6; i++) {
      assertThat(server.request().getTarget()).isEqualTo("/api/ps");
    }
  }

  @Test
  void aLoadIsNoAnswer() throws Exception {
    server.answer(200, line("'message':{'content':''},'done':true,'done_reason':'load'"));
    assertThat(ask().failure().message()).contains("load");
  }

  @Test
  void continuesAPrefixUnlessToldThatItCannot() throws Exception {
    server.stream(wire -> wire.send(line("'message':{'content':' a time'}")).send(END).end());
    try (Worker worker = settings().worker()) {
      assertThat(worker.info().capabilities().continuesPrefix()).isTrue();
      assertThat(Answer.of(worker, Answer.question("Once upon ")).text()).isEqualTo("a time");
    }
    assertThat(server.requestBody().path("messages").get(1).path("content").stringValue())
        .isEqualTo("Once upon");
    try (Worker worker = settings().continuePrefix(ContinuePrefix.FALSE).worker()) {
      assertThat(worker.info().capabilities().continuesPrefix()).isFalse();
    }
  }

  @Test
  void aRefusedPrefixIsNotTriedAgain() throws Exception {
    server.answer(400, "{'error':'Assistant response prefill is incompatible with thinking'}");
    try (Worker worker = settings().worker()) {
      Answer answer = Answer.of(worker, Answer.question("Once"));
      assertThat(answer.failure().retryable()).isTrue();
      assertThat(worker.continuesPrefix("m")).isFalse();
      assertThat(worker.continuesPrefix("another")).isTrue();
    }
  }

  @Test
  void offersTheModelsThatAreInstalled() throws Exception {
    server.answer(200, "{'version':'0.12.0'}").answer(200, tags("llama3.2:latest", "qwen3:4b"));
    try (Worker worker = settings().worker()) {
      assertThat(worker.info().models()).isEmpty();
      assertThat(worker.healthCheck()).isEqualTo(WorkerHealth.AVAILABLE);
      assertThat(worker.info().models()).containsExactly("llama3.2", "llama3.2:latest", "qwen3:4b");
    }
    assertThat(server.request().getTarget()).isEqualTo("/api/version");
    assertThat(server.request().getTarget()).isEqualTo("/api/tags");
  }

  @Test
  void aTagWithoutAModelIsNoModel() throws Exception {
    server.answer(200, "{'version':'0.12.0'}").answer(200, tags(":latest", "qwen3:4b"));
    try (Worker worker = settings().worker()) {
      assertThat(worker.healthCheck()).isEqualTo(WorkerHealth.AVAILABLE);
      assertThat(worker.info().models()).containsExactly(":latest", "qwen3:4b");
    }
  }

  @Test
  void offersOfTheConfiguredModelsWhatIsThere() throws Exception {
    server.answer(200, "{'version':'1'}").answer(200, tags("llama3.2:latest", "qwen3:4b"));
    try (Worker worker = settings().models("llama3.2", "gone", "qwen*").worker()) {
      assertThat(worker.info().models()).containsExactly("llama3.2", "gone");
      assertThat(worker.healthCheck()).isEqualTo(WorkerHealth.AVAILABLE);
      assertThat(worker.info().models()).containsExactly("llama3.2", "qwen3:4b");
    }
  }

  @Test
  void saysWhatIsWrongWithIt() throws Exception {
    server.answer(200, "{'version':'1'}").answer(200, tags("other"));
    server.answer(200, "Welcome to nginx").answer(500, "{'error':'broken'}");
    try (Worker worker = settings().models("gemma3:4b").worker()) {
      assertThat(worker.healthCheck().status()).isEqualTo(NodeBeat.Health.UNAVAILABLE);
    }
    try (Worker worker = settings().worker()) {
      assertThat(worker.healthCheck().reason()).contains("is no Ollama", "base-url");
      assertThat(worker.healthCheck().reason()).contains("500", "broken");
    }
  }

  @Test
  void saysThatNobodyAnswers() throws Exception {
    server.close();
    try (Worker worker = settings().worker()) {
      WorkerHealth health = worker.healthCheck();
      assertThat(health.status()).isEqualTo(NodeBeat.Health.UNAVAILABLE);
      assertThat(health.reason()).contains("gpu-1", server.url(), "is it running");
      AttemptFailure failure = Answer.of(worker, Answer.question()).failure();
      assertThat(failure.message()).isEqualTo(health.reason());
      assertThat(failure.retryable()).isTrue();
    }
  }

  private Answer ask() throws InterruptedException {
    try (Worker worker = settings().worker()) {
      return Answer.of(worker, Answer.question());
    }
  }

  private TestSettings settings() {
    return TestSettings.of("ollama", server.url());
  }

  private static String tags(String... names) {
    StringBuilder models = new StringBuilder();
    for (String name : names) {
      models.append(models.isEmpty() ? "" : ",").append("{'name':'").append(name).append("'}");
    }
    return "{'models':[" + models + "]}";
  }

  private static String ps(String expiresAt) {
    return "{'models':[{'name':'m:latest','expires_at':'" + expiresAt + "'}]}";
  }

  private static String line(String fields) {
    return ("{'model':'llama3.2'," + fields + "}\n").replace('\'', '"');
  }
}
