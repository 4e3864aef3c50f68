package dev.relevo.node.kafka;

import dev.relevo.common.protocol.AttemptFailure;
import dev.relevo.common.protocol.Delta;
import dev.relevo.common.protocol.FailureCodes;
import dev.relevo.common.secrets.Redactor;
import dev.relevo.common.supervision.Part;
import dev.relevo.common.supervision.Supervisor;
import dev.relevo.node.backend.Completion;
import dev.relevo.node.backend.CompletionRequest;
import dev.relevo.node.backend.DeltaSink;
import dev.relevo.node.backend.Fault;
import dev.relevo.node.backend.Worker;
import dev.relevo.node.backend.WorkerHealth;
import dev.relevo.node.backend.WorkerInfo;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Holds an adapter, which may be anybody's code, to the contract of {@link Worker}: what it throws
 * costs the call that was made and nothing else, and nothing that it passes on in a server's words
 * has a key in it. Thread-safe.
 */
final class ContainedWorker implements Worker {
  private final Worker worker;
  private final String name;
  private final int priority;
  private final Redactor redactor;
  private final Part part;
  private volatile WorkerInfo info;

  /**
   * Asks the adapter who it is, for the first time: that must not fail.
   *
   * @param redactor takes out the node's keys
   */
  ContainedWorker(Worker worker, Redactor redactor, Supervisor parts) {
    this.worker = worker;
    this.redactor = redactor;
    this.info = worker.info();
    this.name = info.name();
    this.priority = worker.priority();
    this.part = parts.part("backend " + name);
  }

  /** What it last told of itself, if it can tell nothing now. */
  @Override
  public WorkerInfo info() {
    part.run(() -> {
      WorkerInfo told = worker.info();
      info =
          new WorkerInfo(
              name, told.type(), withoutKeys(told.models()), told.capabilities(), told.weight());
    });
    return info;
  }

  /** A server may list a key as if it were a model; whatever is listed goes into every beat. */
  private List<String> withoutKeys(List<String> models) {
    return models.stream().filter(model -> redactor.clean(model).equals(model)).toList();
  }

  /** One that cannot tell does not. */
  @Override
  public boolean continuesPrefix(String model) {
    try {
      return worker.continuesPrefix(model);
    } catch (RuntimeException | Error e) {
      part.crashed(e);
      return false;
    }
  }

  @Override
  public int priority() {
    return priority;
  }

  @Override
  public WorkerHealth healthCheck() throws InterruptedException {
    try {
      WorkerHealth health = worker.healthCheck();
      return new WorkerHealth(health.status(), redactor.clean(health.reason()));
    } catch (RuntimeException | Error e) {
      part.crashed(e);
      return WorkerHealth.unavailable(words("its health check crashed", e));
    }
  }

  @Override
  public Completion streamCompletion(CompletionRequest request, DeltaSink sink)
      throws InterruptedException {
    Watched watched = new Watched(sink);
    try {
      return clean(Objects.requireNonNull(worker.streamCompletion(request, watched)));
    } catch (RuntimeException | Error e) {
      watched.rethrow();
      part.crashed(e);
      return new Completion.Failed(
          new AttemptFailure(
              FailureCodes.BACKEND_ERROR,
              words("The adapter of backend " + name + " crashed", e),
              true,
              null),
          Fault.OWN);
    }
  }

  private Completion clean(Completion completion) {
    return switch (completion) {
      case Completion.Finished finished ->
          new Completion.Finished(
              finished.reason(), finished.usage(), redactor.clean(finished.model()));
      case Completion.Failed failed -> {
        AttemptFailure failure = failed.failure();
        yield new Completion.Failed(
            new AttemptFailure(
                redactor.clean(failure.code()),
                redactor.clean(failure.message()),
                failure.retryable(),
                failure.retryAfterMs()),
            failed.fault());
      }
      case Completion.Cancelled cancelled -> cancelled;
    };
  }

  private String words(String happened, Throwable crash) {
    return redactor.clean(happened + " (" + crash + ")");
  }

  @Override
  public void close() {
    part.run(worker::close);
  }

  /** Knows what the node itself threw into the adapter, which is no crash of the adapter. */
  private static final class Watched implements DeltaSink {
    private final DeltaSink sink;
    private @Nullable InterruptedException interrupted;
    private @Nullable RuntimeException thrown;
    private @Nullable Error broken;

    Watched(DeltaSink sink) {
      this.sink = sink;
    }

    @Override
    public void accept(int index, Delta delta) throws InterruptedException {
      try {
        sink.accept(index, delta);
      } catch (InterruptedException e) {
        interrupted = e;
        throw e;
      } catch (RuntimeException e) {
        thrown = e;
        throw e;
      } catch (Error e) {
        broken = e;
        throw e;
      }
    }

    void rethrow() throws InterruptedException {
      if (interrupted != null) {
        throw interrupted;
      }
      if (thrown != null) {
        throw thrown;
      }
      if (broken != null) {
        throw broken;
      }
    }
  }
}
