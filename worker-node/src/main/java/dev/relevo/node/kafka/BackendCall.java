package dev.relevo.node.kafka;

import dev.relevo.common.protocol.AttemptFailure;
import dev.relevo.common.protocol.Delta;
import dev.relevo.common.protocol.FailureCodes;
import dev.relevo.common.protocol.Usage;
import dev.relevo.node.backend.Completion;
import dev.relevo.node.backend.CompletionRequest;
import dev.relevo.node.backend.Worker;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** One call to one backend on an attempt's thread, with what was measured of it. */
final class BackendCall {
  /** Shorter streams say nothing of a backend's speed. */
  private static final long LEAST_MEASURED_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

  private final Worker worker;
  private final AnswerWriter answer;
  private final Attempt attempt;
  private final NodeTime time;
  private @Nullable Long firstTokenNanos;
  private boolean parted;

  BackendCall(Worker worker, AnswerWriter answer, Attempt attempt, NodeTime time) {
    this.worker = worker;
    this.answer = answer;
    this.attempt = attempt;
    this.time = time;
  }

  /** How a call ended. */
  sealed interface Result {
    /** The stream was whole, and so is the answer if its end is, too. */
    record Whole(Completion.Finished finished) implements Result {}

    /**
     * It broke.
     *
     * @param emitted whether it had brought anything
     */
    record Broken(AttemptFailure failure, boolean emitted) implements Result {}

    /** A replay said something else than what readers have. */
    record Parted() implements Result {}

    /** The attempt was stopped. */
    record Stopped() implements Result {}
  }

  /** Ends a backend's stream from inside its sink. */
  private static final class Enough extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Enough() {
      super("the rest of the stream is not wanted", null, false, false);
    }
  }

  Result run(CompletionRequest request, AttemptServices services) throws InterruptedException {
    String name = worker.info().name();
    long beganNanos = time.nowNanos();
    services.board().began(name);
    Usage usage = null;
    try {
      Completion completion = worker.streamCompletion(request, this::take);
      if (completion instanceof Completion.Finished finished) {
        usage = finished.usage();
      }
      return judge(completion);
    } catch (Enough e) {
      return parted ? new Result.Parted() : new Result.Stopped();
    } finally {
      services.board().ended(name, ttftMs(beganNanos), tokensPerSecond(usage));
    }
  }

  private void take(int index, Delta delta) {
    if (attempt.isStopped()) {
      throw new Enough();
    }
    if (firstTokenNanos == null) {
      firstTokenNanos = time.nowNanos();
      attempt.firstToken(firstTokenNanos);
    }
    if (!answer.accept(index, delta)) {
      parted = true;
      throw new Enough();
    }
  }

  private Result judge(Completion completion) {
    if (parted) {
      return new Result.Parted();
    }
    return switch (completion) {
      case Completion.Finished finished -> new Result.Whole(finished);
      case Completion.Failed failed when attempt.isStopped() -> new Result.Stopped();
      case Completion.Failed failed -> new Result.Broken(failed.failure(), firstTokenNanos != null);
      case Completion.Cancelled cancelled when attempt.isStopped() -> new Result.Stopped();
      case Completion.Cancelled cancelled ->
          new Result.Broken(
              new AttemptFailure(
                  FailureCodes.BACKEND_ERROR,
                  "the backend ended the call: " + cancelled.reason(),
                  true,
                  null),
              firstTokenNanos != null);
    };
  }

  private @Nullable Double ttftMs(long beganNanos) {
    return firstTokenNanos == null ? null : (firstTokenNanos - beganNanos) / 1e6;
  }

  private @Nullable Double tokensPerSecond(@Nullable Usage usage) {
    if (usage == null || firstTokenNanos == null) {
      return null;
    }
    long nanos = time.nowNanos() - firstTokenNanos;
    return nanos < LEAST_MEASURED_NANOS ? null : usage.completionTokens() * 1e9 / nanos;
  }
}
