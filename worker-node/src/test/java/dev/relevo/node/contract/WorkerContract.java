package dev.relevo.node.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.relevo.common.config.BackendSettings;
import dev.relevo.common.protocol.Delta;
import dev.relevo.common.protocol.FailureCodes;
import dev.relevo.common.protocol.FinishReason;
import dev.relevo.common.protocol.NodeBeat;
import dev.relevo.node.backend.Cancellation;
import dev.relevo.node.backend.Completion;
import dev.relevo.node.backend.CompletionRequest;
import dev.relevo.node.backend.DeltaSink;
import dev.relevo.node.backend.Fault;
import dev.relevo.node.backend.Worker;
import dev.relevo.node.backend.WorkerHealth;
import dev.relevo.node.backend.WorkerInfo;
import dev.relevo.node.backend.WorkerInfo.Feature;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.node.ObjectNode;

/**
 * What every adapter has to keep to. Its author extends this class in a test of his own and puts
 * beside each worker a backend that does what a {@link Scenario} says; what his backend cannot do
 * he leaves out.
 */
@Timeout(60)
public abstract class WorkerContract extends ContractStage {
  @Test
  void tellsWhatItIsWithoutAsking() throws Exception {
    try (Worker worker = open(Scenario.IS_SILENT, Scenario.ANSWERS)) {
      WorkerInfo info = worker.info();
      assertThat(info.name()).isEqualTo(NAME);
      assertThat(info.type()).isEqualTo(factory().type()).matches("[A-Za-z0-9._-]{1,100}");
      assertThat(info.weight()).isEqualTo(1);
      assertThat(worker.priority()).isEqualTo(10);
      assertThat(worker.info()).isEqualTo(info);
    }
  }

  @Test
  void takesModelsPriorityAndWeightFromTheSettings() throws Exception {
    BackendSettings settings =
        settings(
            factory().type(),
            "base-url: http://127.0.0.1:9",
            "models: [one, two]",
            "priority: 50",
            "weight: 3");
    try (Worker worker = factory().create(settings, healthCheck())) {
      assertThat(worker.info().models()).isSubsetOf("one", "two");
      assertThat(worker.priority()).isEqualTo(50);
      assertThat(worker.info().weight()).isEqualTo(3);
    }
  }

  @Test
  void handsOverAnAnswerPieceByPiece() throws Exception {
    try (Worker worker = open(Scenario.ANSWERS)) {
      ObjectNode body = body(Scenario.ANSWERS);
      Heard heard = new Heard();
      Completion completion =
          worker.streamCompletion(request(Scenario.ANSWERS, body, new Cancellation()), heard);
      Completion.Finished finished = finished(completion);
      assertThat(heard.text()).isEqualTo(answer());
      assertThat(heard.pieces).as("pieces").hasSizeGreaterThan(1);
      assertThat(heard.pieces).as("empty pieces").noneMatch(Delta::isEmpty);
      assertThat(finished.reason()).isEqualTo(FinishReason.STOP);
      assertThat(finished.model()).isNotBlank();
      assertThat(body)
          .as("the request, which is not to be changed")
          .isEqualTo(body(Scenario.ANSWERS));
      if (has(worker, Feature.USAGE)) {
        assertThat(finished.usage()).as("usage, which it says it tells").isNotNull();
      }
    }
  }

  @Test
  void answersManyAtOnce() throws Exception {
    try (Worker worker = open(Scenario.ANSWERS)) {
      List<FutureTask<String>> tasks = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        tasks.add(
            start(() -> {
              Heard heard = new Heard();
              finished(worker.streamCompletion(request(Scenario.ANSWERS), heard));
              return heard.text();
            }));
      }
      for (FutureTask<String> task : tasks) {
        assertThat(task.get(WAIT_SECONDS, TimeUnit.SECONDS)).isEqualTo(answer());
      }
    }
  }

  @Test
  void tellsAnAnswerThatWasCutByItsLimit() throws Exception {
    try (Worker worker = open(Scenario.STOPS_AT_THE_LIMIT)) {
      Heard heard = new Heard();
      Completion completion = worker.streamCompletion(request(Scenario.STOPS_AT_THE_LIMIT), heard);
      assertThat(finished(completion).reason()).isEqualTo(FinishReason.LENGTH);
    }
  }

  @Test
  void keepsThoughtsApartFromTheAnswer() throws Exception {
    try (Worker worker = open(Scenario.THINKS)) {
      assumeTrue(has(worker, Feature.REASONING), "it shows no thoughts");
      Heard heard = new Heard();
      finished(worker.streamCompletion(request(Scenario.THINKS), heard));
      assertThat(heard.reasoning()).isEqualTo(THOUGHT);
      assertThat(heard.text()).isEqualTo(answer());
    }
  }

  @Test
  void handsOverToolCalls() throws Exception {
    try (Worker worker = open(Scenario.CALLS_A_TOOL)) {
      assumeTrue(has(worker, Feature.TOOLS), "it calls no tools");
      Heard heard = new Heard();
      Completion completion = worker.streamCompletion(request(Scenario.CALLS_A_TOOL), heard);
      assertThat(finished(completion).reason()).isEqualTo(FinishReason.TOOL_CALLS);
      List<Delta.ToolCall> fragments =
          heard.pieces.stream().flatMap(piece -> piece.toolCalls().stream()).toList();
      assertThat(fragments).isNotEmpty().allMatch(fragment -> fragment.index() == 0);
      assertThat(fragments.getFirst().id()).isNotBlank();
      assertThat(fragments.getFirst().type()).isEqualTo("function");
      assertThat(Objects.requireNonNull(fragments.getFirst().function()).name()).isEqualTo(TOOL);
      String arguments =
          fragments.stream()
              .map(fragment -> Objects.requireNonNull(fragment.function()).arguments())
              .filter(Objects::nonNull)
              .collect(Collectors.joining());
      assertThat(JSON.readTree(arguments)).isEqualTo(JSON.readTree(ARGUMENTS));
    }
  }

  @Test
  void goesOnWithAnAnswerThatWasBegun() throws Exception {
    try (Worker worker = open(Scenario.CONTINUES)) {
      String model = model(Scenario.CONTINUES);
      worker.healthCheck();
      assumeTrue(worker.continuesPrefix(model), "it does not continue answers");
      assertThat(worker.info().capabilities().continuesPrefix()).isTrue();
      Heard heard = new Heard();
      CompletionRequest request =
          new CompletionRequest(
              body(Scenario.CONTINUES), model, PREFIX, WAIT_SECONDS * 1000L, new Cancellation());
      finished(worker.streamCompletion(request, heard));
      assertThat(heard.text()).isEqualTo(rest());
    }
  }

  @Test
  void anAnswerThatBreaksOffIsNoAnswer() throws Exception {
    try (Worker worker = open(Scenario.BREAKS_OFF)) {
      Heard heard = new Heard();
      Completion.Failed failed =
          failed(worker.streamCompletion(request(Scenario.BREAKS_OFF), heard));
      assertThat(answer()).as("what came before").startsWith(heard.text());
      assertThat(heard.text()).isNotEmpty();
      assertThat(failed.fault().elsewhere()).isTrue();
      assertThat(failed.failure().message()).isNotBlank();
    }
  }

  @Test
  void aRefusedKeyIsTheCredentialsFaultAndNobodySeesIt() throws Exception {
    try (Worker worker = open(Scenario.REFUSES_THE_KEY)) {
      Completion.Failed failed =
          failed(worker.streamCompletion(request(Scenario.REFUSES_THE_KEY), new Heard()));
      assertThat(failed.fault()).isEqualTo(Fault.CREDENTIALS);
      assertThat(failed.failure().message()).contains(NAME).doesNotContain(KEY);
      WorkerHealth health = worker.healthCheck();
      assertThat(health.status()).isEqualTo(NodeBeat.Health.UNAVAILABLE);
      assertThat(health.reason()).isNotBlank().doesNotContain(KEY);
    }
  }

  @Test
  void aLimitTellsHowLongToWait() throws Exception {
    try (Worker worker = open(Scenario.IS_LIMITED)) {
      Completion.Failed failed =
          failed(worker.streamCompletion(request(Scenario.IS_LIMITED), new Heard()));
      assertThat(failed.fault()).isEqualTo(Fault.RATE_LIMITED);
      assertThat(failed.failure().retryAfterMs()).isEqualTo(2000);
      assertThat(failed.failure().message()).contains(NAME);
    }
  }

  @Test
  void aBrokenBackendIsUnavailableAndOthersMayBeAsked() throws Exception {
    try (Worker worker = open(Scenario.IS_BROKEN)) {
      Completion.Failed failed =
          failed(worker.streamCompletion(request(Scenario.IS_BROKEN), new Heard()));
      assertThat(failed.fault().elsewhere()).isTrue();
      assertThat(failed.fault().tripsBreaker()).isTrue();
      assertThat(failed.failure().message()).contains(NAME);
      WorkerHealth health = worker.healthCheck();
      assertThat(health.status()).isEqualTo(NodeBeat.Health.UNAVAILABLE);
      assertThat(health.reason()).isNotBlank();
    }
  }

  @Test
  void isWellAndOffersTheModelOfItsBackend() throws Exception {
    try (Worker worker = open(Scenario.ANSWERS)) {
      assertThat(worker.healthCheck()).isEqualTo(WorkerHealth.AVAILABLE);
      assertThat(worker.info().models()).contains(model(Scenario.ANSWERS));
    }
  }

  @Test
  void hangsUpWhenCancelled() throws Exception {
    try (Worker worker = open(Scenario.NEVER_ENDS)) {
      Cancellation cancellation = new Cancellation();
      DeltaSink sink = (_, _) -> cancellation.cancel("enough");
      Completion completion =
          worker.streamCompletion(
              request(Scenario.NEVER_ENDS, body(Scenario.NEVER_ENDS), cancellation), sink);
      assertThat(completion).isEqualTo(new Completion.Cancelled("enough"));
      assertThat(sawHangUp()).as("the backend saw the hang-up").isTrue();
    }
  }

  @Test
  void doesNotEvenAskWhenCancelledBefore() throws Exception {
    try (Worker worker = open(Scenario.ANSWERS)) {
      Cancellation cancellation = new Cancellation();
      cancellation.cancel("never mind");
      Heard heard = new Heard();
      Completion completion =
          worker.streamCompletion(
              request(Scenario.ANSWERS, body(Scenario.ANSWERS), cancellation), heard);
      assertThat(completion).isEqualTo(new Completion.Cancelled("never mind"));
      assertThat(heard.pieces).isEmpty();
    }
  }

  @Test
  void hangsUpWhenInterrupted() throws Exception {
    try (Worker worker = open(Scenario.NEVER_ENDS)) {
      CountDownLatch speaking = new CountDownLatch(1);
      CompletableFuture<@Nullable Throwable> ended = new CompletableFuture<>();
      Thread thread =
          Thread.ofVirtual()
              .start(() -> {
                try {
                  worker.streamCompletion(
                      request(Scenario.NEVER_ENDS), (_, _) -> speaking.countDown());
                  ended.complete(null);
                } catch (Throwable e) {
                  ended.complete(e);
                }
              });
      assertThat(speaking.await(WAIT_SECONDS, TimeUnit.SECONDS)).isTrue();
      thread.interrupt();
      assertThat(ended.get(WAIT_SECONDS, TimeUnit.SECONDS))
          .isInstanceOf(InterruptedException.class);
      assertThat(sawHangUp()).as("the backend saw the hang-up").isTrue();
    }
  }

  @Test
  void passesOnWhatItsListenerThrowsAndHangsUp() throws Exception {
    try (Worker worker = open(Scenario.NEVER_ENDS)) {
      DeltaSink sink =
          (_, _) -> {
            throw new IllegalStateException("full");
          };
      assertThatThrownBy(() -> worker.streamCompletion(request(Scenario.NEVER_ENDS), sink))
          .isInstanceOf(IllegalStateException.class)
          .hasMessage("full");
      assertThat(sawHangUp()).as("the backend saw the hang-up").isTrue();
    }
  }

  @Test
  void givesUpWhenTheTimeOfTheRequestIsOver() throws Exception {
    try (Worker worker = open(Scenario.IS_SILENT)) {
      CompletionRequest request =
          new CompletionRequest(
              body(Scenario.IS_SILENT), model(Scenario.IS_SILENT), null, 300, new Cancellation());
      Completion.Failed failed = failed(worker.streamCompletion(request, new Heard()));
      assertThat(failed.fault()).isEqualTo(Fault.OUT_OF_TIME);
      assertThat(failed.failure().code()).isEqualTo(FailureCodes.DEADLINE_EXCEEDED);
    }
  }

  @Test
  void closingEndsWhatRuns() throws Exception {
    Worker worker = open(Scenario.NEVER_ENDS);
    CountDownLatch speaking = new CountDownLatch(1);
    FutureTask<Completion> running =
        start(() ->
            worker.streamCompletion(request(Scenario.NEVER_ENDS), (_, _) -> speaking.countDown()));
    assertThat(speaking.await(WAIT_SECONDS, TimeUnit.SECONDS)).isTrue();
    worker.close();
    worker.close();
    assertThat(running.get(WAIT_SECONDS, TimeUnit.SECONDS)).isInstanceOf(Completion.Failed.class);
  }
}
