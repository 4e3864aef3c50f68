package dev.relevo.gateway.chat;

import dev.relevo.client.JobException;
import dev.relevo.common.protocol.FailureCodes;
import dev.relevo.common.protocol.JobStatus;
import dev.relevo.operator.FoundJob;
import dev.relevo.operator.JobRecord;
import dev.relevo.operator.KnownJob;
import dev.relevo.operator.LiveJobs;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The jobs of this house, by what its dispatchers wrote down and by what stands in its lanes. */
final class KafkaJobs implements SubmittedJobs {
  /** A dispatcher writes down what it gave to a node within this, where nothing is in its way. */
  private static final Duration WRITTEN_WITHIN = Duration.ofMillis(500);

  /** A job that is nowhere yet is a dispatcher's that is slow, or of none. */
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  private final LiveJobs jobs;

  KafkaJobs(LiveJobs jobs) {
    this.jobs = jobs;
  }

  @Override
  public Optional<Submitted> find(String job) {
    return first(jobs.lookUp(job));
  }

  @Override
  public Optional<Submitted> search(String job) throws InterruptedException {
    Optional<Submitted> found = first(jobs.awaitKnown(job, WRITTEN_WITHIN));
    if (found.isEmpty()) {
      // It waits for a node, and no dispatcher writes that down.
      found = jobs.waiting(job).map(record -> submitted(record, false, null));
    }
    return found.isPresent() ? found : first(jobs.awaitKnown(job, PATIENCE));
  }

  /** An id of ours is put into one home only, unless the number of homes was changed. */
  private static Optional<Submitted> first(List<FoundJob> found) {
    for (FoundJob job : found) {
      JobRecord record = job.record();
      if (record != null) {
        boolean succeeded = job.job().status() == JobStatus.SUCCEEDED;
        return Optional.of(submitted(record, succeeded, failure(job.job())));
      }
    }
    return Optional.empty();
  }

  private static Submitted submitted(
      JobRecord record, boolean succeeded, @Nullable Failure failure) {
    return new Submitted(
        record.body(), record.headers(), record.appendedAtMs(), succeeded, failure);
  }

  /** How it ended, if it ended badly. A job that a node stopped has no code in state. */
  static @Nullable Failure failure(KnownJob job) {
    if (!job.hasEnded() || job.status() == JobStatus.SUCCEEDED) {
      return null;
    }
    String code = job.status() == JobStatus.CANCELLED ? JobException.CANCELLED : job.code();
    if (code == null) {
      code =
          job.status() == JobStatus.EXPIRED
              ? FailureCodes.DEADLINE_EXCEEDED
              : FailureCodes.ATTEMPTS_EXHAUSTED;
    }
    return new Failure(code, String.valueOf(job.message()));
  }
}
