package dev.relevo.node.kafka;

import dev.relevo.common.protocol.Assignment;
import dev.relevo.common.protocol.AttemptFailure;
import dev.relevo.common.protocol.FailureCodes;
import dev.relevo.common.protocol.FinishReason;
import dev.relevo.common.protocol.Usage;
import dev.relevo.node.backend.Cancellation;
import dev.relevo.node.backend.Completion;
import dev.relevo.node.backend.CompletionRequest;
import dev.relevo.node.backend.Worker;
import dev.relevo.node.core.AttemptEnd;
import dev.relevo.node.core.RequestTraits;
import dev.relevo.node.core.Resumption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * Takes one attempt through the node's backends (protocol section 5): each in turn until one
 * answers, each in the ways that are left, best first. A break half way is resumed on the next
 * backend from memory.
 */
final class BackendRun {
  private final Attempt attempt;
  private final ObjectNode body;
  private final RequestTraits traits;
  private final AnswerWriter answer;
  private final AttemptServices services;
  private final Cancellation cancellation;
  private @Nullable String backend;

  BackendRun(
      Attempt attempt,
      ObjectNode body,
      AnswerWriter answer,
      AttemptServices services,
      Cancellation cancellation) {
    this.attempt = attempt;
    this.body = body;
    this.traits = RequestTraits.of(body);
    this.answer = answer;
    this.services = services;
    this.cancellation = cancellation;
  }

  /** The backend that worked last, if one did. */
  @Nullable String backend() {
    return backend;
  }

  /** Runs; null when the attempt was stopped meanwhile. */
  @Nullable AttemptEnd run() throws InterruptedException {
    AttemptFailure last = null;
    for (Worker worker : workers()) {
      String name = worker.info().name();
      backend = name;
      switch (turn(worker)) {
        case Turn.Ended ended -> {
          return ended.end();
        }
        case Turn.Broken broken -> {
          last = broken.failure();
          services.health().checkSoon(name);
        }
        case Turn.Stopped _ -> {
          return null;
        }
      }
    }
    return last == null
        ? AttemptEnd.retryable(
            FailureCodes.BACKEND_ERROR,
            "no backend that serves '" + assignment().model() + "' is available any more")
        : new AttemptEnd.Failed(last);
  }

  /** What one backend made of it. */
  private sealed interface Turn {
    record Ended(AttemptEnd end) implements Turn {}

    record Broken(AttemptFailure failure) implements Turn {}

    record Stopped() implements Turn {}
  }

  private Turn turn(Worker worker) throws InterruptedException {
    for (Resumption way :
        Resumption.ways(
            answer.transcript(),
            assignment().headers().failover(),
            traits,
            worker.info().capabilities().continuesPrefix())) {
      if (way instanceof Resumption.Fail fail) {
        return new Turn.Ended(AttemptEnd.terminal(FailureCodes.STREAM_BROKEN, fail.reason()));
      }
      Turn turn = tryWay(worker, way);
      if (turn != null) {
        return turn;
      }
    }
    throw new IllegalStateException("no way was left to run attempt " + assignment().fence());
  }

  /** Tries one way; null means fall to the next. */
  private @Nullable Turn tryWay(Worker worker, Resumption way) throws InterruptedException {
    if (attempt.isStopped()) {
      return new Turn.Stopped();
    }
    answer.begin(way);
    BackendCall call = new BackendCall(worker, answer, attempt, services.time());
    return switch (call.run(request(way), services)) {
      case BackendCall.Result.Whole whole -> end(worker, whole.finished());
      case BackendCall.Result.Parted _ -> null;
      case BackendCall.Result.Stopped _ -> new Turn.Stopped();
      case BackendCall.Result.Broken broken -> broken(way, broken);
    };
  }

  private static @Nullable Turn broken(Resumption way, BackendCall.Result.Broken broken) {
    if (broken.failure().retryable()) {
      return new Turn.Broken(broken.failure());
    }
    if (way instanceof Resumption.Continue && !broken.emitted()) {
      // It may be the beginning of an answer that it refuses, not the request.
      return null;
    }
    return new Turn.Ended(new AttemptEnd.Failed(broken.failure()));
  }

  private @Nullable Turn end(Worker worker, Completion.Finished finished) {
    String name = worker.info().name();
    FinishReason reason = finished.reason();
    Usage usage = finished.usage();
    if (!answer.end(reason, usage, name, finished.model(), assignment().attempt())) {
      return null;
    }
    return new Turn.Ended(new AttemptEnd.Succeeded(usage, name, finished.model()));
  }

  private CompletionRequest request(Resumption way) {
    long leftMs = Math.max(1, assignment().deadlineMs() - services.time().epochMs());
    String model = assignment().model();
    return way instanceof Resumption.Continue go
        ? new CompletionRequest(
            traits.continued(body, go.prefix()), model, go.prefix(), leftMs, cancellation)
        : new CompletionRequest(body, model, null, leftMs, cancellation);
  }

  /** Those that can go on with a text before those that cannot, when there is one to go on with. */
  private List<Worker> workers() {
    List<Worker> workers = new ArrayList<>();
    for (String name : services.board().choose(assignment().model(), session())) {
      workers.add(Objects.requireNonNull(services.workers().get(name)));
    }
    if (!answer.transcript().isEmpty()) {
      workers.sort(Comparator.comparing(worker -> !worker.info().capabilities().continuesPrefix()));
    }
    return workers;
  }

  private @Nullable String session() {
    return assignment().headers().session();
  }

  private Assignment assignment() {
    return attempt.assignment();
  }
}
