package dev.relevo.client;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** The jobs submitted here whose answers have not ended, and who hears what is read of them. */
final class OpenJobs implements ReplyLoop.Answers {
  private final Map<String, OpenJob> jobs = new ConcurrentHashMap<>();
  private @Nullable ReplyChannel channel;
  private volatile @Nullable JobException broken;

  /** Where their answers come; to be said before the first job. */
  void answeredThrough(ReplyChannel channel) {
    this.channel = channel;
  }

  int size() {
    return jobs.size();
  }

  /** Why no answer will be read any more; null while they are. */
  @Nullable JobException broken() {
    return broken;
  }

  /** Waits for a job's answer, unless one with its id is waited for already. */
  boolean add(OpenJob job) {
    return jobs.putIfAbsent(job.id(), job) == null;
  }

  /** Waits for it no longer: it will have no answer. */
  void drop(OpenJob job, JobException failure) {
    if (jobs.remove(job.id(), job)) {
      job.fail(failure);
      release(job);
    }
  }

  /** Ends those whose answer is overdue. */
  void giveUp(long nowMs) {
    for (OpenJob job : jobs.values()) {
      if (job.giveUpAtMs() < nowMs) {
        drop(
            job,
            new JobException(
                JobException.NO_ANSWER,
                "No end of the answer came for job "
                    + job.id()
                    + " until its deadline and a minute: is a dispatcher running?"));
      }
    }
  }

  /** Tells all that nobody reads their answers any more; they stay open, for they run on. */
  void fail(JobException reason) {
    jobs.values().forEach(job -> job.fail(reason));
  }

  @Override
  public @Nullable OpenJob find(@Nullable String key) {
    return key == null ? null : jobs.get(key);
  }

  @Override
  public void ended(OpenJob job) {
    jobs.remove(job.id(), job);
    release(job);
  }

  @Override
  public void read(int partition, long nextOffset) {
    if (channel != null) {
      channel.read(partition, nextOffset);
    }
  }

  @Override
  public void broken(JobException failure) {
    broken = failure;
    jobs.values().forEach(job -> drop(job, failure));
  }

  private void release(OpenJob job) {
    if (channel != null) {
      channel.release(job.place());
    }
  }
}
