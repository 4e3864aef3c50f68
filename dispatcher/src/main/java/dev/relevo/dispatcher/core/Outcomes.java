package dev.relevo.dispatcher.core;

import dev.relevo.common.protocol.AttemptFailure;
import dev.relevo.common.protocol.AttemptReport;
import dev.relevo.common.protocol.EventRecord;
import dev.relevo.common.protocol.FailureCodes;
import dev.relevo.common.protocol.Fence;
import dev.relevo.common.protocol.JobStatus;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What the words of nodes in events do to their jobs (protocol section 4). */
final class Outcomes {
  private final Surroundings around;
  private final Endings endings;

  Outcomes(Surroundings around, Endings endings) {
    this.around = around;
    this.endings = endings;
  }

  void event(Shard shard, long offset, String job, Fence fence, EventRecord event, Moment now) {
    shard.events.read(offset);
    JobEntry entry = shard.job(job);
    if (entry != null && fence.home() == shard.home) {
      entry.hold(offset);
      apply(shard, entry, fence, event, now);
      if (shard.job(job) == entry && entry.ending == null) {
        // What it led to is on its way to state and took the hold along; what led to nothing is
        // done with.
        entry.releaseHeld().forEach(shard.events::settled);
      }
    } else {
      shard.events.settled(offset);
    }
  }

  private void apply(Shard shard, JobEntry entry, Fence fence, EventRecord event, Moment now) {
    switch (event) {
      case EventRecord.Accepted accepted -> accepted(shard, entry, fence, accepted, now);
      case EventRecord.Rejected rejected -> rejected(shard, entry, fence, rejected, now);
      case EventRecord.Finished finished -> finished(shard, entry, fence, finished, now);
      case EventRecord.Settled settled -> settled(shard, entry, fence, settled, now);
    }
  }

  private void accepted(
      Shard shard, JobEntry entry, Fence fence, EventRecord.Accepted accepted, Moment now) {
    if (!entry.claims(fence)) {
      return;
    }
    entry.claim(fence);
    entry.assigned = true;
    entry.taken = true;
    if (accepted.startedOffset() != null && entry.startedOffset == null) {
      entry.startedOffset = accepted.startedOffset();
    }
    Attempt attempt = entry.attempt;
    if (attempt != null && attempt.fence.equals(fence)) {
      if (entry.status() != JobStatus.RUNNING) {
        // An attempt that found the first started says accepted a second time.
        entry.apply(JobTrigger.ACCEPTED);
      }
    } else if (attempt == null && entry.ending == null && isUnknown(entry, fence)) {
      adopt(shard, entry, fence, accepted, now);
    }
  }

  /**
   * The last owner wrote the assignment and died before its state was: the attempt is known from
   * here on.
   */
  private void adopt(
      Shard shard, JobEntry entry, Fence fence, EventRecord.Accepted accepted, Moment now) {
    String model = entry.model();
    entry.attempt =
        new Attempt(
            fence, accepted.node(), accepted.incarnation(), model == null ? "" : model, true, now);
    entry.fence = fence;
    entry.apply(JobTrigger.ACCEPTED);
    shard.leaveLine(entry);
    around.fleet.take(accepted.node(), accepted.incarnation());
    shard.record(entry, now);
  }

  private static boolean isUnknown(JobEntry entry, Fence fence) {
    return entry.fence == null || fence.isHigherThan(entry.fence);
  }

  private void rejected(
      Shard shard, JobEntry entry, Fence fence, EventRecord.Rejected rejected, Moment now) {
    Attempt attempt = entry.attempt;
    if (attempt == null || !attempt.fence.equals(fence)) {
      return;
    }
    if (rejected.reason() == EventRecord.Rejected.Reason.BUSY) {
      around.fleet.fullUntilNextBeat(attempt.node, attempt.incarnation);
    } else {
      entry.tried(attempt.node);
    }
    shard.release(entry);
    again(shard, entry, JobTrigger.REJECTED, now);
  }

  private void finished(
      Shard shard, JobEntry entry, Fence fence, EventRecord.Finished finished, Moment now) {
    if (!entry.claims(fence) || isTold(entry)) {
      return;
    }
    if (isUnknown(entry, fence)) {
      // The last owner gave the attempt out and died before its state was: what ended the job is
      // named by it.
      entry.fence = fence;
    }
    switch (finished.outcome()) {
      case SUCCEEDED -> endings.ended(shard, entry, JobStatus.SUCCEEDED, now);
      case CANCELLED -> endings.ended(shard, entry, JobStatus.CANCELLED, now);
      case EXPIRED -> {
        report(entry, fence, finished, FailureCodes.DEADLINE_EXCEEDED, "the deadline passed", now);
        endings.failedByNode(
            shard,
            entry,
            JobStatus.EXPIRED,
            FailureCodes.DEADLINE_EXCEEDED,
            "the job's deadline passed while node " + finished.node() + " ran it",
            now);
      }
      case FAILED -> failed(shard, entry, fence, finished, now);
    }
  }

  /**
   * Whether a node's word counts already, and only the dead letter is under way: who comes later
   * has read the same end back, and failed at nothing.
   */
  private static boolean isTold(JobEntry entry) {
    return entry.ending != null && entry.ending.told;
  }

  private void failed(
      Shard shard, JobEntry entry, Fence fence, EventRecord.Finished finished, Moment now) {
    AttemptFailure failure = Objects.requireNonNull(finished.failure());
    if (!failure.retryable()) {
      if (!isReported(entry, fence)) {
        entry.attemptsUsed++;
      }
      report(entry, fence, finished, failure.code(), failure.message(), now);
      endings.failedByNode(shard, entry, JobStatus.DEAD, failure.code(), failure.message(), now);
      return;
    }
    Attempt attempt = entry.attempt;
    if (attempt == null || !attempt.fence.equals(fence) || entry.ending != null) {
      return;
    }
    if (failure.code().equals(FailureCodes.BACKEND_BUSY)) {
      busy(shard, entry, now);
      return;
    }
    report(entry, fence, finished, failure.code(), failure.message(), now);
    shard.release(entry);
    if (failure.code().equals(FailureCodes.NODE_LOST)) {
      // A node that leaves hands over what it has: nothing failed, and there is nothing to wait
      // for.
      again(shard, entry, JobTrigger.LOST, now);
      return;
    }
    if (failure.code().equals(FailureCodes.CONTEXT_TOO_LONG) && passes(entry)) {
      tooLong(shard, entry, failure, now);
      return;
    }
    entry.attemptsUsed++;
    retry(shard, entry, failure, finished.node(), now);
  }

  /** While the job's models are not known its history keeps what is to be known of them. */
  private static boolean passes(JobEntry entry) {
    return !entry.isKnown() || entry.passModels();
  }

  /**
   * Nothing is broken: the next model is asked at once, and no attempt is used up. That has an end,
   * for each time fewer models are left.
   */
  private void tooLong(Shard shard, JobEntry entry, AttemptFailure failure, Moment now) {
    if (entry.isKnown() && entry.models().isEmpty()) {
      endings.tooLong(shard, entry, failure.message(), now);
    } else {
      again(shard, entry, JobTrigger.RETRIED, now);
    }
  }

  /**
   * The node had room and its backends had none, which its beat did not tell yet. Nothing was
   * tried, so nothing is counted; the job comes back into the line after a pause.
   */
  private void busy(Shard shard, JobEntry entry, Moment now) {
    shard.release(entry);
    long readyAtMs = now.epochMs() + around.retry.pauseMs(1, null);
    boolean cancelled = entry.isKnown() && entry.cancelledAtNanos != null;
    if (cancelled || readyAtMs >= entry.deadlineMs) {
      again(shard, entry, JobTrigger.REJECTED, now);
    } else {
      shard.requeue(entry, JobTrigger.RETRIED, readyAtMs, now);
      shard.record(entry, now);
    }
  }

  /** Whether an attempt was taken for lost before its word was read: it counts once. */
  private static boolean isReported(JobEntry entry, Fence fence) {
    return entry.history().stream().anyMatch(report -> report.fence().equals(fence.toString()));
  }

  private void retry(Shard shard, JobEntry entry, AttemptFailure failure, String node, Moment now) {
    if (entry.isKnown() && entry.cancelledAtNanos != null) {
      endings.cancel(shard, entry, entry.cancelReason, now);
      return;
    }
    int most = around.maxAttempts(entry);
    if (entry.isAttached() && entry.attemptsUsed >= most) {
      endings.end(
          shard,
          entry,
          JobStatus.DEAD,
          FailureCodes.ATTEMPTS_EXHAUSTED,
          entry.attemptsUsed
              + " of "
              + most
              + " attempts failed; the last on "
              + node
              + ": "
              + failure.message(),
          now);
      return;
    }
    long readyAtMs =
        now.epochMs() + around.retry.pauseMs(entry.attemptsUsed, failure.retryAfterMs());
    if (readyAtMs >= entry.deadlineMs) {
      endings.end(
          shard,
          entry,
          JobStatus.DEAD,
          failure.code(),
          "the deadline passes before the next attempt; the last failed on "
              + node
              + ": "
              + failure.message(),
          now);
      return;
    }
    shard.requeue(entry, JobTrigger.RETRIED, readyAtMs, now);
    shard.record(entry, now);
  }

  /** An attempt whose node does not have it any more; it goes on at once. */
  void lost(Shard shard, JobEntry entry, boolean used, String message, Moment now) {
    Attempt attempt = Objects.requireNonNull(entry.attempt);
    entry.report(
        new AttemptReport(
            attempt.fence.toString(),
            attempt.node,
            attempt.incarnation,
            null,
            attempt.model.isEmpty() ? null : attempt.model,
            FailureCodes.NODE_LOST,
            message,
            attempt.assignedAtMs,
            now.epochMs()));
    shard.release(entry);
    if (used) {
      entry.attemptsUsed++;
    }
    int most = around.maxAttempts(entry);
    if (entry.isAttached() && entry.attemptsUsed >= most) {
      endings.end(
          shard,
          entry,
          JobStatus.DEAD,
          FailureCodes.ATTEMPTS_EXHAUSTED,
          entry.attemptsUsed + " of " + most + " attempts failed; the last: " + message,
          now);
    } else {
      again(shard, entry, JobTrigger.LOST, now);
    }
  }

  /** Back into the line at once, unless it was cancelled or its time ran out on the way. */
  private void again(Shard shard, JobEntry entry, JobTrigger why, Moment now) {
    shard.requeue(entry, why, 0, now);
    boolean known = entry.isKnown();
    if (known && entry.cancelledAtNanos != null) {
      endings.cancel(shard, entry, entry.cancelReason, now);
    } else if (!known || !endings.endOverdue(shard, entry, now)) {
      shard.record(entry, now);
    }
  }

  private void settled(
      Shard shard, JobEntry entry, Fence fence, EventRecord.Settled settled, Moment now) {
    if (!entry.claims(fence)) {
      return;
    }
    entry.claim(fence);
    if (entry.ending != null) {
      endings.settled(shard, entry, fence, now);
    } else if (fence.epoch() < shard.epoch) {
      // An earlier owner began to end the job and did not come to the end of it.
      endings.end(shard, entry, settled.status(), settled.code(), settled.message(), now);
    }
  }

  private static void report(
      JobEntry entry,
      Fence fence,
      EventRecord.Finished finished,
      String code,
      String message,
      Moment now) {
    entry.report(
        new AttemptReport(
            fence.toString(),
            finished.node(),
            finished.incarnation(),
            finished.backend(),
            finished.model(),
            code,
            message,
            assignedAtMs(entry.attempt, finished),
            now.epochMs()));
  }

  private static long assignedAtMs(@Nullable Attempt attempt, EventRecord.Finished finished) {
    return attempt == null ? finished.startedAtMs() : attempt.assignedAtMs;
  }
}
