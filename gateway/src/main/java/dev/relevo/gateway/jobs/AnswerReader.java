package dev.relevo.gateway.jobs;

import dev.relevo.client.JobClient;
import dev.relevo.client.JobException;
import dev.relevo.client.JobHandle;
import dev.relevo.client.JobResult;
import dev.relevo.common.protocol.ReplyPlace;
import dev.relevo.gateway.http.CallerGoneException;
import dev.relevo.gateway.http.Exchange;
import dev.relevo.gateway.http.HttpProblem;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Reads a job's whole answer where it stands. */
final class AnswerReader {
  /** What has ended is read as fast as Kafka gives it. */
  private static final Duration READING = Duration.ofSeconds(10);

  /** How often state is looked at where the answer itself tells nothing. */
  private static final Duration LOOK_AGAIN = Duration.ofMillis(250);

  private final JobClient client;

  AnswerReader(JobClient client) {
    this.client = client;
  }

  /**
   * The answer of a job, waiting for its end where that is asked for.
   *
   * @param wait how long to wait for the end of one that has not ended
   * @throws CallerGoneException when the caller does not wait any longer
   * @throws HttpProblem 503 when the answer of one that has ended cannot be read just now
   */
  Answer read(SeenJob job, Duration wait, Exchange exchange) throws InterruptedException {
    ReplyPlace place = job.place();
    if (place == null) {
      return new Answer.Unknown(whyNowhere(job));
    }
    if (!job.hasEnded() && wait.isZero()) {
      return new Answer.Unknown(null);
    }
    JobHandle handle = client.follow(job.id(), place);
    try {
      return await(handle, job.hasEnded() ? READING : wait, job, exchange);
    } finally {
      handle.stopFollowing();
    }
  }

  private static String whyNowhere(SeenJob job) {
    return job.record() == null
        ? "Its record is no longer in its lane, so nobody knows where its answer stands."
        : "It asked for no answer.";
  }

  private static Answer await(JobHandle handle, Duration atMost, SeenJob job, Exchange exchange)
      throws InterruptedException {
    CompletableFuture<JobResult> result = handle.result();
    // What has ended is read in a moment, and then told, also by a gateway that stops.
    CompletableFuture<Void> stopping =
        job.hasEnded() ? new CompletableFuture<>() : exchange.stopping();
    try {
      CompletableFuture.anyOf(
              result.handle((whole, failure) -> true), exchange.callerGone(), stopping)
          .get(atMost.toMillis(), TimeUnit.MILLISECONDS);
      if (!result.isDone() && stopping.isDone()) {
        return new Answer.Unknown(null);
      }
      if (!result.isDone()) {
        throw new CallerGoneException("it does not wait for job " + job.id() + " any longer");
      }
      return new Answer.Whole(result.get(), handle.times(), handle.node());
    } catch (TimeoutException e) {
      return new Answer.Unknown(
          job.hasEnded() ? "Its answer could not be read in time; ask again." : null);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof JobException failure) {
        return failed(failure, handle, job);
      }
      throw new IllegalStateException("the answer of job " + job.id(), e);
    }
  }

  private static Answer failed(JobException failure, JobHandle handle, SeenJob job) {
    if (job.hasEnded() && AnswerTrouble.passes(failure)) {
      throw AnswerTrouble.problem(failure, job.id());
    }
    boolean told =
        failure.position() != JobException.NO_POSITION
            && !failure.code().equals(JobException.ANSWER_TOO_LONG);
    return told
        ? new Answer.Broken(failure, handle.times())
        : new Answer.Unknown(failure.getMessage());
  }

  /**
   * Rests before state is looked at again.
   *
   * @return false when the wait is over, or the gateway stops
   * @throws CallerGoneException when the caller does not wait any longer
   */
  static boolean rest(long untilNanos, Exchange exchange) throws InterruptedException {
    long leftNanos = Math.min(untilNanos - System.nanoTime(), LOOK_AGAIN.toNanos());
    if (leftNanos <= 0) {
      return false;
    }
    try {
      CompletableFuture.anyOf(exchange.callerGone(), exchange.stopping())
          .get(leftNanos, TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      return true;
    } catch (ExecutionException e) {
      throw new IllegalStateException("neither ends badly", e);
    }
    if (exchange.isStopping()) {
      return false;
    }
    throw new CallerGoneException("it does not wait any longer");
  }
}
