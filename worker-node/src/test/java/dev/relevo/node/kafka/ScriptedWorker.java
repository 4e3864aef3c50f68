package dev.relevo.node.kafka;

import dev.relevo.common.protocol.Delta;
import dev.relevo.common.protocol.FinishReason;
import dev.relevo.common.protocol.Usage;
import dev.relevo.node.backend.Completion;
import dev.relevo.node.backend.CompletionRequest;
import dev.relevo.node.backend.DeltaSink;
import dev.relevo.node.backend.Fault;
import dev.relevo.node.backend.Worker;
import dev.relevo.node.backend.WorkerHealth;
import dev.relevo.node.backend.WorkerInfo;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** A backend that does what the test says, call by call. */
final class ScriptedWorker implements Worker {
  private final String name;
  private final int priority;
  private final List<String> models;
  private final boolean continuesPrefix;
  private final LinkedBlockingQueue<Script> scripts = new LinkedBlockingQueue<>();
  private final LinkedBlockingQueue<CompletionRequest> requests = new LinkedBlockingQueue<>();
  private final CountDownLatch closed = new CountDownLatch(1);
  private volatile Supplier<WorkerHealth> health = () -> WorkerHealth.AVAILABLE;

  ScriptedWorker(String name, int priority, boolean continuesPrefix) {
    this(name, priority, continuesPrefix, "m");
  }

  ScriptedWorker(String name, int priority, boolean continuesPrefix, String... models) {
    this.models = List.of(models);
    this.name = name;
    this.priority = priority;
    this.continuesPrefix = continuesPrefix;
  }

  /** What one call does. */
  @FunctionalInterface
  interface Script {
    Completion run(CompletionRequest request, DeltaSink sink) throws InterruptedException;
  }

  /** Says the texts and finishes. */
  static Script says(String... texts) {
    return (request, sink) -> {
      for (String text : texts) {
        sink.accept(0, Delta.text(text));
      }
      return new Completion.Finished(
          FinishReason.STOP, new Usage(3, texts.length), request.model());
    };
  }

  /** Says the texts and breaks. */
  static Script breaks(Fault fault, String code, String... texts) {
    return (request, sink) -> {
      for (String text : texts) {
        sink.accept(0, Delta.text(text));
      }
      return Completion.failed(fault, code, "as told");
    };
  }

  /** Says the texts and goes on only when it is cancelled. */
  static Script hangs(String... texts) {
    return (request, sink) -> {
      for (String text : texts) {
        sink.accept(0, Delta.text(text));
      }
      CountDownLatch cancelled = new CountDownLatch(1);
      request.cancellation().onCancel(cancelled::countDown);
      if (!cancelled.await(30, TimeUnit.SECONDS)) {
        throw new IllegalStateException("nobody cancelled");
      }
      return new Completion.Cancelled(String.valueOf(request.cancellation().reason()));
    };
  }

  /** The next call does this. */
  ScriptedWorker then(Script script) {
    scripts.add(script);
    return this;
  }

  void health(WorkerHealth health) {
    this.health = () -> health;
  }

  /** From now on a health check does this. */
  void healthCheckDoes(Supplier<WorkerHealth> check) {
    health = check;
  }

  /** The next request it was given. */
  CompletionRequest request() throws InterruptedException {
    CompletionRequest request = requests.poll(20, TimeUnit.SECONDS);
    if (request == null) {
      throw new AssertionError("backend " + name + " was not called");
    }
    return request;
  }

  int calls() {
    return requests.size();
  }

  @Override
  public WorkerInfo info() {
    return new WorkerInfo(
        name, "scripted", models, new WorkerInfo.Capabilities(continuesPrefix), 1);
  }

  @Override
  public int priority() {
    return priority;
  }

  @Override
  public WorkerHealth healthCheck() {
    return health.get();
  }

  @Override
  public Completion streamCompletion(CompletionRequest request, DeltaSink sink)
      throws InterruptedException {
    requests.add(request);
    Script script = scripts.poll();
    return script == null
        ? Completion.failed(Fault.CALLER, "no_script", "unexpected call")
        : script.run(request, sink);
  }

  /** Waits until it was closed. */
  void awaitClosed() throws InterruptedException {
    if (!closed.await(20, TimeUnit.SECONDS)) {
      throw new AssertionError("backend " + name + " was not closed");
    }
  }

  boolean isClosed() {
    return closed.getCount() == 0;
  }

  @Override
  public void close() {
    closed.countDown();
  }
}
