package dev.relevo.gateway.jobs;

import dev.relevo.client.AnswerTimes;
import dev.relevo.client.JobException;
import dev.relevo.client.JobResult;
import dev.relevo.common.protocol.FailureCodes;
import dev.relevo.common.protocol.JobStatus;
import org.jspecify.annotations.Nullable;

/** What was read of a job's answer. */
sealed interface Answer {

  /**
   * It is whole.
   *
   * @param node who wrote its end
   */
  record Whole(JobResult result, AnswerTimes times, @Nullable String node) implements Answer {}

  /** It ended badly, as its own record says. */
  record Broken(JobException failure, AnswerTimes times) implements Answer {}

  /** It cannot be told, and why not, for people. */
  record Unknown(@Nullable String why) implements Answer {}

  /** The state of a job whose answer ended so; null where the answer does not say. */
  default @Nullable JobStatus status() {
    return switch (this) {
      case Whole whole -> JobStatus.SUCCEEDED;
      case Broken broken ->
          switch (broken.failure().code()) {
            case JobException.CANCELLED -> JobStatus.CANCELLED;
            case FailureCodes.DEADLINE_EXCEEDED -> JobStatus.EXPIRED;
            default -> JobStatus.DEAD;
          };
      case Unknown unknown -> null;
    };
  }
}
