package dev.relevo.gateway.jobs;

import dev.relevo.client.JobException;
import dev.relevo.gateway.http.HttpProblem;
import java.time.Duration;

/** Why an answer was not read, where its own records do not say how it ended. Pure. */
final class AnswerTrouble {
  /** What passes has mostly passed within this. */
  private static final Duration AGAIN = Duration.ofSeconds(1);

  private AnswerTrouble() {}

  /** Whether only this reading failed, and the answer may be there for the next one. */
  static boolean passes(JobException failure) {
    return switch (failure.code()) {
      case JobException.NO_SUCH_REPLY, JobException.REPLY_DELETED, JobException.NO_SUCH_POSITION ->
          false;
      default -> failure.position() == JobException.NO_POSITION;
    };
  }

  /** Asks the caller to come back. */
  static HttpProblem problem(JobException failure, String job) {
    return HttpProblem.of(
            503,
            failure.code(),
            "The answer of job %s cannot be read now: %s".formatted(job, failure.getMessage()))
        .retryAfter(AGAIN);
  }
}
