package dev.relevo.gateway.chat;

import dev.relevo.client.JobException;
import dev.relevo.client.JobHandle;
import dev.relevo.client.JobResult;
import dev.relevo.common.protocol.FailureCodes;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/**
 * Where the answer to a request comes from.
 *
 * @param handle the job, submitted or followed
 * @param createdMs when it came, epoch milliseconds
 * @param takenWithin how long a node may take to have it, from when this was made. Dispatchers hold
 *     to less; where none runs nobody does
 * @param leaving what becomes of it when its caller goes, or can be given no answer
 * @param failed hears how it failed, before its caller does
 */
record Source(
    JobHandle handle,
    long createdMs,
    Duration takenWithin,
    Leaving leaving,
    Consumer<JobException> failed) {
  /** Failures of who reads an answer, while the job may run on. */
  private static final Set<String> GIVEN_UP =
      Set.of(JobException.UNREADABLE, JobException.NO_ANSWER);

  /** What becomes of a job whose caller goes. */
  enum Leaving {
    /** Nobody wants it any more. */
    CANCEL,
    /** It runs on, and we read on. */
    KEEP,
    /** It is somebody else's; we only read along. */
    STOP_FOLLOWING
  }

  Stamp stamp() {
    return new Stamp(handle.id(), createdMs);
  }

  CompletableFuture<JobResult> result() {
    return handle.result();
  }

  /** Whether a node has ever had it; that it has an answer says so, too. */
  boolean isTaken() {
    return handle.times().startedAtMs() != null || handle.result().isDone();
  }

  /** Nobody has given it to a node in time, and nobody has said so. */
  JobException forgotten() {
    JobException failure =
        new JobException(
            FailureCodes.NO_WORKERS_AVAILABLE,
            "No dispatcher has given job %s to a node within %d s: there may be none that runs."
                .formatted(handle.id(), takenWithin.toSeconds()));
    leave("no dispatcher has given it to a node in time");
    return failure;
  }

  /** Its caller has gone. */
  void leave() {
    leave("the caller of the gateway has gone");
  }

  /** It has no answer for its caller, who is told so next. */
  void fail(JobException failure) {
    failed.accept(failure);
    if (failure.position() == JobException.NO_POSITION && GIVEN_UP.contains(failure.code())) {
      // One that was refused before it was sent has nothing to be stopped.
      var _ = handle.submitted().thenRun(() -> leave("the gateway could not read its answer"));
    }
  }

  private void leave(String reason) {
    switch (leaving) {
      case CANCEL -> {
        // A failure to send it is in the client's log; there is nobody to be told here.
        var _ = handle.cancel(reason);
      }
      case KEEP -> {}
      case STOP_FOLLOWING -> handle.stopFollowing();
    }
  }
}
