package dev.relevo.node.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.relevo.common.config.HealthCheckSettings;
import dev.relevo.common.protocol.AttemptFailure;
import dev.relevo.common.protocol.FailureCodes;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What all adapters share: bounds in time, cancellation, interrupts. */
@Timeout(60)
class HttpBackendTest {
  private static final String TEXT =
      "{\"model\":\"m\",\"message\":{\"content\":\"Hi\"},\"done\":false}\n";

  private static final String END = "{\"model\":\"m\",\"done\":true}\n";

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
  void aServerThatSaysNothingIsGivenUp() throws Exception {
    server.silence();
    try (Worker worker = settings().times(150, 10_000, 20_000).worker()) {
      AttemptFailure failure = Answer.of(worker, Answer.question()).failure();
      assertThat(failure.message()).contains("gpu-1", "150 ms", "first-token");
      assertThat(failure.retryable()).isTrue();
    }
  }

  @Test
  void headersAloneAreNoSignOfAnAnswer() throws Exception {
    server.stream(FakeServer.Wire::stall);
    try (Worker worker = settings().times(150, 10_000, 20_000).worker()) {
      assertThat(Answer.of(worker, Answer.question()).failure().message()).contains("first-token");
    }
  }

  @Test
  void anAnswerThatFallsSilentIsGivenUp() throws Exception {
    server.stream(wire -> wire.send(TEXT).stall());
    try (Worker worker = settings().times(15_000, 150, 20_000).worker()) {
      Answer answer = Answer.of(worker, Answer.question());
      assertThat(answer.text()).isEqualTo("Hi");
      assertThat(answer.failure().message()).contains("timeouts.idle");
      assertThat(answer.failure().retryable()).isTrue();
    }
  }

  @Test
  void theWholeCallIsBoundedHoweverLivelyItIs() throws Exception {
    server.stream(wire -> {
      for (int i = 0; i < 100; i++) {
        wire.send(TEXT).pause(100);
      }
      wire.end();
    });
    try (Worker worker = settings().times(1000, 1000, 1500).worker()) {
      AttemptFailure failure = Answer.of(worker, Answer.question()).failure();
      assertThat(failure.message()).contains("1500 ms", "timeouts.total");
      assertThat(failure.retryable()).isTrue();
    }
  }

  @Test
  void aReaderThatIsSlowIsNotTheServersFault() throws Exception {
    server.stream(wire -> wire.send(TEXT).send(TEXT).send(END).end());
    CountDownLatch never = new CountDownLatch(1);
    try (Worker worker = settings().times(15_000, 150, 20_000).worker()) {
      Completion completion =
          worker.streamCompletion(
              Answer.question(),
              (_, _) -> assertThat(never.await(400, TimeUnit.MILLISECONDS)).isFalse());
      assertThat(completion).isInstanceOf(Completion.Finished.class);
    }
  }

  @Test
  void theJobsTimeIsObeyed() throws Exception {
    server.stream(wire -> wire.send(TEXT).stall());
    try (Worker worker = settings().worker()) {
      CompletionRequest plain = Answer.question();
      CompletionRequest request =
          new CompletionRequest(plain.body(), "m", null, 200, plain.cancellation());
      AttemptFailure failure = Answer.of(worker, request).failure();
      assertThat(failure.code()).isEqualTo(FailureCodes.DEADLINE_EXCEEDED);
      assertThat(failure.retryable()).isFalse();
    }
  }

  @Test
  void aCancellationFromAnotherThreadClosesTheConnectionAtOnce() throws Exception {
    server.stream(wire -> wire.send(TEXT).sendForever("\n"));
    try (Worker worker = settings().worker()) {
      CompletionRequest request = Answer.question();
      Completion completion =
          worker.streamCompletion(
              request,
              (_, _) -> Thread.startVirtualThread(() -> request.cancellation().cancel("enough")));
      assertThat(completion).isEqualTo(new Completion.Cancelled("enough"));
      assertThat(server.sawDisconnect()).isTrue();
    }
  }

  @Test
  void aCancellationEndsTheWaitForTheFirstByte() throws Exception {
    server.silence();
    try (Worker worker = settings().worker()) {
      CompletionRequest request = Answer.question();
      CompletableFuture<Completion> completion = inBackground(worker, request);
      assertThat(server.request().getTarget()).isEqualTo("/api/chat");
      request.cancellation().cancel("enough");
      assertThat(completion.get(10, TimeUnit.SECONDS))
          .isEqualTo(new Completion.Cancelled("enough"));
    }
  }

  @Test
  void whatWasCancelledBeforeIsNotAsked() throws Exception {
    try (Worker worker = settings().worker()) {
      CompletionRequest request = Answer.question();
      request.cancellation().cancel("too late");
      assertThat(Answer.of(worker, request).completion())
          .isEqualTo(new Completion.Cancelled("too late"));
    }
  }

  @Test
  void anInterruptEndsTheCall() throws Exception {
    server.stream(wire -> wire.send(TEXT).stall());
    try (Worker worker = settings().worker()) {
      CountDownLatch begun = new CountDownLatch(1);
      CompletableFuture<Throwable> thrown = new CompletableFuture<>();
      Thread thread =
          Thread.startVirtualThread(() -> {
            try {
              worker.streamCompletion(Answer.question(), (_, _) -> begun.countDown());
              thrown.complete(new AssertionError("not interrupted"));
            } catch (Throwable e) {
              thrown.complete(e);
            }
          });
      assertThat(begun.await(10, TimeUnit.SECONDS)).isTrue();
      thread.interrupt();
      assertThat(thrown.get(10, TimeUnit.SECONDS)).isInstanceOf(InterruptedException.class);
    }
  }

  @Test
  void whatTheSinkThrowsEndsTheCallAndIsPassedOn() throws Exception {
    server.stream(wire -> wire.send(TEXT).sendForever("\n"));
    try (Worker worker = settings().worker()) {
      assertThatThrownBy(() ->
              worker.streamCompletion(
                  Answer.question(),
                  (_, _) -> {
                    throw new IllegalStateException("sink");
                  }))
          .isInstanceOf(IllegalStateException.class)
          .hasMessage("sink");
      assertThat(server.sawDisconnect()).isTrue();
    }
  }

  @Test
  void closingEndsRunningCallsAsFailed() throws Exception {
    server.silence();
    Worker worker = settings().worker();
    CompletableFuture<Completion> completion = inBackground(worker, Answer.question());
    assertThat(server.request().getTarget()).isEqualTo("/api/chat");
    worker.close();
    assertThat(completion.get(10, TimeUnit.SECONDS)).isInstanceOf(Completion.Failed.class);
  }

  @Test
  void aHealthCheckIsBounded() throws Exception {
    server.silence();
    HealthCheckSettings quick =
        new HealthCheckSettings(Duration.ofSeconds(30), Duration.ofMillis(150));
    try (Worker worker = Workers.with().create(settings().build(), quick)) {
      assertThat(worker.healthCheck().reason()).contains("does not answer in time");
    }
  }

  @Test
  void anAnswerLargerThanAnyIsRefused() throws Exception {
    String piece = "x".repeat(1 << 20);
    server.stream(wire -> wire.sendForever(piece));
    try (Worker worker = settings().worker()) {
      assertThat(Answer.of(worker, Answer.question()).failure().message())
          .contains("more than " + OllamaAnswer.MAX_LINE_BYTES);
    }
  }

  private static CompletableFuture<Completion> inBackground(
      Worker worker, CompletionRequest request) {
    CompletableFuture<Completion> completion = new CompletableFuture<>();
    Thread.startVirtualThread(() -> {
      try {
        completion.complete(worker.streamCompletion(request, (_, _) -> {}));
      } catch (InterruptedException e) {
        completion.completeExceptionally(e);
      }
    });
    return completion;
  }

  private TestSettings settings() {
    return TestSettings.of("ollama", server.url());
  }
}
