package dev.relevo.node.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.relevo.common.protocol.AttemptFailure;
import dev.relevo.common.protocol.Delta;
import dev.relevo.common.protocol.FailureCodes;
import dev.relevo.common.protocol.NodeBeat;
import dev.relevo.common.secrets.Redactor;
import dev.relevo.common.supervision.Supervisor;
import dev.relevo.node.backend.Cancellation;
import dev.relevo.node.backend.Completion;
import dev.relevo.node.backend.CompletionRequest;
import dev.relevo.node.backend.DeltaSink;
import dev.relevo.node.backend.Fault;
import dev.relevo.node.backend.Worker;
import dev.relevo.node.backend.WorkerHealth;
import dev.relevo.node.backend.WorkerInfo;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.node.JsonNodeFactory;

class ContainedWorkerTest {
  private static final String KEY = "sk-canary-0123456789";
  private static final WorkerInfo INFO =
      new WorkerInfo("local", "odd", List.of("m"), new WorkerInfo.Capabilities(true), 1);

  private final AtomicInteger crashes = new AtomicInteger();
  private final Supervisor parts = new Supervisor("Node test", part -> crashes::incrementAndGet);

  /** An adapter of somebody else. */
  private static class Odd implements Worker {
    @Override
    public WorkerInfo info() {
      return INFO;
    }

    @Override
    public int priority() {
      return 10;
    }

    @Override
    public WorkerHealth healthCheck() throws InterruptedException {
      return WorkerHealth.AVAILABLE;
    }

    @Override
    public Completion streamCompletion(CompletionRequest request, DeltaSink sink)
        throws InterruptedException {
      throw new StackOverflowError("at " + KEY);
    }

    @Override
    public void close() {
      throw new IllegalStateException("will not close");
    }
  }

  private ContainedWorker contained(Worker worker) {
    return new ContainedWorker(worker, Redactor.of(List.of(KEY)), parts);
  }

  private static CompletionRequest request() {
    return new CompletionRequest(
        JsonNodeFactory.instance.objectNode(), "m", null, 1_000, new Cancellation());
  }

  private static Completion run(Worker worker, DeltaSink sink) throws InterruptedException {
    return worker.streamCompletion(request(), sink);
  }

  @Test
  void anErrorOfAnAdapterIsAFailedCallThatAnotherMayDoBetter() throws Exception {
    Completion completion = run(contained(new Odd()), (index, delta) -> {});

    assertThat(completion)
        .isEqualTo(
            new Completion.Failed(
                new AttemptFailure(
                    FailureCodes.BACKEND_ERROR,
                    "The adapter of backend local crashed"
                        + " (java.lang.StackOverflowError: at [secret])",
                    true,
                    null),
                Fault.OWN));
    assertThat(crashes).hasValue(1);
  }

  @Test
  void anAdapterThatAnswersNothingAtAllHasCrashed() throws Exception {
    Worker worker =
        new Odd() {
          @Override
          @SuppressWarnings("NullAway") // It breaks its contract.
          public Completion streamCompletion(CompletionRequest request, DeltaSink sink) {
            return null;
          }
        };

    assertThat(run(contained(worker), (index, delta) -> {})).isInstanceOf(Completion.Failed.class);
  }

  @Test
  void whatTheNodeThrowsIntoItPassesThroughAndIsNoCrash() {
    IllegalStateException enough = new IllegalStateException("enough");
    Worker worker =
        new Odd() {
          @Override
          public Completion streamCompletion(CompletionRequest request, DeltaSink sink)
              throws InterruptedException {
            try {
              sink.accept(0, Delta.text("a"));
            } catch (RuntimeException e) {
              throw new IllegalArgumentException("wrapped", e);
            }
            throw new AssertionError("the sink took it");
          }
        };

    assertThatThrownBy(() ->
            run(
                contained(worker),
                (index, delta) -> {
                  throw enough;
                }))
        .isSameAs(enough);
    assertThat(crashes).hasValue(0);
  }

  @Test
  void aCrashedHealthCheckIsAnUnavailableBackend() throws Exception {
    Worker worker =
        new Odd() {
          @Override
          public WorkerHealth healthCheck() {
            throw new NoClassDefFoundError(KEY);
          }
        };

    WorkerHealth health = contained(worker).healthCheck();

    assertThat(health.status()).isEqualTo(NodeBeat.Health.UNAVAILABLE);
    assertThat(health.reason()).contains("NoClassDefFoundError", "[secret]").doesNotContain(KEY);
  }

  @Test
  void anAdapterThatCannotTellOfItselfIsWhatItWas() {
    AtomicInteger asked = new AtomicInteger();
    Worker worker =
        new Odd() {
          @Override
          public WorkerInfo info() {
            if (asked.getAndIncrement() == 1) {
              throw new IllegalStateException("once");
            }
            return asked.get() < 3
                ? INFO
                : new WorkerInfo("another", "odd", List.of("m", KEY), INFO.capabilities(), 1);
          }
        };
    ContainedWorker contained = contained(worker);

    assertThat(contained.info()).isEqualTo(INFO);
    assertThat(crashes).hasValue(1);
    assertThat(contained.info()).as("its name is for good, and no key is a model").isEqualTo(INFO);
  }

  @Test
  void closingNeverThrows() {
    assertThatCode(contained(new Odd())::close).doesNotThrowAnyException();
    assertThat(crashes).hasValue(1);
  }

  @Test
  void aServersWordsLoseTheKey() throws Exception {
    Worker worker =
        new Odd() {
          @Override
          public Completion streamCompletion(CompletionRequest request, DeltaSink sink) {
            return new Completion.Failed(
                new AttemptFailure("bad_" + KEY, "Incorrect key " + KEY, false, 7L), Fault.CALLER);
          }

          @Override
          public WorkerHealth healthCheck() {
            return WorkerHealth.busy("asked as " + KEY);
          }
        };

    assertThat(run(contained(worker), (index, delta) -> {}))
        .isEqualTo(
            new Completion.Failed(
                new AttemptFailure("bad_[secret]", "Incorrect key [secret]", false, 7L),
                Fault.CALLER));
    assertThat(contained(worker).healthCheck().reason()).isEqualTo("asked as [secret]");
  }
}
