package dev.relevo.gateway.chat;

import dev.relevo.client.JobException;
import dev.relevo.client.JobHandle;
import dev.relevo.client.JobResult;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/**
 * Where the answer to a request comes from.
 *
 * @param handle the job, submitted or followed
 * @param createdMs when it came, epoch milliseconds
 * @param leaving what becomes of it when its caller goes
 * @param failed hears how it failed, before its caller does
 */
record Source(JobHandle handle, long createdMs, Leaving leaving, Consumer<JobException> failed) {
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

  /** Its caller has gone. */
  void leave() {
    switch (leaving) {
      case CANCEL -> {
        // A failure to send it is in the client's log; there is nobody to be told here.
        var _ = handle.cancel("the caller of the gateway has gone");
      }
      case KEEP -> {}
      case STOP_FOLLOWING -> handle.stopFollowing();
    }
  }
}
