package dev.relevo.node.kafka;

import dev.relevo.common.protocol.AttemptFailure;
import dev.relevo.common.protocol.Delta;
import dev.relevo.common.protocol.FailureCodes;
import dev.relevo.common.protocol.Usage;
import dev.relevo.node.backend.Completion;
import dev.relevo.node.backend.CompletionRequest;
import dev.relevo.node.backend.DeltaSink;
import dev.relevo.node.backend.Fault;
import dev.relevo.node.backend.Worker;
import dev.relevo.node.core.AttemptEnd;
import dev.relevo.node.core.BackendBoard;
import dev.relevo.node.core.CallEnd;
import dev.relevo.node.core.CallReport;
import dev.relevo.node.core.CallReport.Verdict;
import dev.relevo.node.core.Ticket;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One call to one backend on an attempt's thread, with what was measured of it. */
final class BackendCall {
  private static final Logger LOG = LoggerFactory.getLogger(BackendCall.class);

  /** Shorter streams say nothing of a backend's speed. */
  private static final long LEAST_MEASURED_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

  private final Worker worker;
  private final Ticket ticket;
  private final AnswerWriter answer;
  private final Attempt attempt;
  private final AttemptServices services;
  private @Nullable Long firstTokenNanos;
  private boolean parted;

  BackendCall(
      Worker worker,
      Ticket ticket,
      AnswerWriter answer,
      Attempt attempt,
      AttemptServices services) {
    this.worker = worker;
    this.ticket = ticket;
    this.answer = answer;
    this.attempt = attempt;
    this.services = services;
  }

  /** Ends a backend's stream from inside its sink. */
  private static final class Enough extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Enough() {
      super("the rest of the stream is not wanted", null, false, false);
    }
  }

  /**
   * Calls, writes what comes, and tells the board how it went.
   *
   * @param number which attempt of the job it is, for {@code done}
   */
  CallEnd run(CompletionRequest request, int number) throws InterruptedException {
    long beganNanos = services.time().nowNanos();
    CallReport report = CallReport.ENDED;
    Usage usage = null;
    try {
      Completion completion = worker.streamCompletion(request, new Taking(ticket.backend()));
      if (completion instanceof Completion.Finished finished) {
        usage = finished.usage();
      }
      report = report(completion);
      return judge(completion, number);
    } catch (Enough e) {
      return parted ? new CallEnd.Parted() : new CallEnd.Stopped();
    } finally {
      Long used = usage == null ? null : usage.promptTokens() + usage.completionTokens();
      settle(report.measured(used, ttftMs(beganNanos), tokensPerSecond(usage)));
    }
  }

  /** What was stopped from this side says nothing of the backend. */
  private CallReport report(Completion completion) {
    return switch (completion) {
      case Completion.Finished _ -> CallReport.WELL;
      case Completion.Failed _ when attempt.isStopped() -> CallReport.ENDED;
      case Completion.Failed failed ->
          CallReport.failed(failed.fault(), failed.failure().retryAfterMs());
      case Completion.Cancelled _ -> CallReport.ENDED;
    };
  }

  private void settle(CallReport report) {
    BackendBoard.Change change = services.backends().ended(ticket, report);
    Fault fault = report.verdict() == Verdict.FAILED ? report.fault() : null;
    if (fault != null) {
      services.pool().failed(ticket.backend(), fault);
    }
    if (change == BackendBoard.Change.OPENED || (fault != null && fault.asksForCheck())) {
      services.health().checkSoon(ticket.backend());
    }
    if (change != BackendBoard.Change.NONE) {
      services.changed().run();
    }
  }

  /** What comes of the call. */
  private final class Taking implements DeltaSink {
    private final String backend;
    private boolean skipped;

    Taking(String backend) {
      this.backend = backend;
    }

    @Override
    public void accept(int index, Delta delta) {
      take(index, delta);
    }

    @Override
    public void skipped(String what) {
      services.metrics().skipped(backend);
      if (!skipped) {
        skipped = true;
        LOG.warn("Backend {} sent {}; it is left out of the answer", backend, what);
      }
    }
  }

  private void take(int index, Delta delta) {
    if (attempt.isStopped()) {
      throw new Enough();
    }
    if (firstTokenNanos == null) {
      firstTokenNanos = services.time().nowNanos();
      attempt.firstToken(firstTokenNanos);
    }
    if (!answer.accept(index, delta)) {
      parted = true;
      throw new Enough();
    }
  }

  private CallEnd judge(Completion completion, int number) {
    if (parted) {
      return new CallEnd.Parted();
    }
    return switch (completion) {
      case Completion.Finished finished -> end(finished, number);
      case Completion.Failed failed when attempt.isStopped() -> new CallEnd.Stopped();
      case Completion.Failed failed ->
          new CallEnd.Broken(failed.failure(), failed.fault(), firstTokenNanos != null);
      case Completion.Cancelled cancelled when attempt.isStopped() -> new CallEnd.Stopped();
      case Completion.Cancelled cancelled ->
          new CallEnd.Broken(
              new AttemptFailure(
                  FailureCodes.BACKEND_ERROR,
                  "the backend ended the call: " + cancelled.reason(),
                  true,
                  null),
              Fault.OWN,
              firstTokenNanos != null);
    };
  }

  private CallEnd end(Completion.Finished finished, int number) {
    String name = worker.info().name();
    Usage usage = finished.usage();
    return answer.end(finished.reason(), usage, name, finished.model(), number)
        ? new CallEnd.Whole(new AttemptEnd.Succeeded(usage, name, finished.model()))
        : new CallEnd.Parted();
  }

  private @Nullable Double ttftMs(long beganNanos) {
    return firstTokenNanos == null ? null : (firstTokenNanos - beganNanos) / 1e6;
  }

  private @Nullable Double tokensPerSecond(@Nullable Usage usage) {
    if (usage == null || firstTokenNanos == null) {
      return null;
    }
    long nanos = services.time().nowNanos() - firstTokenNanos;
    return nanos < LEAST_MEASURED_NANOS ? null : usage.completionTokens() * 1e9 / nanos;
  }
}
