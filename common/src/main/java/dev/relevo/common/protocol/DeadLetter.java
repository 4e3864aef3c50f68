package dev.relevo.common.protocol;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Why a record lies in {@code relevo.dead}: JSON in the header {@code relevo-dead}. The letter's
 * value and its other headers are the job's own, byte for byte, so a letter can be read, and sent
 * again, by any Kafka tool.
 *
 * @param code for programs, one of {@link FailureCodes} or a backend's own
 * @param message for people: what happened and what to do
 * @param job the job's id, if its record had one
 * @param fence the fence that ended it; absent for records that never became jobs
 * @param lane where the record stands
 * @param partition its partition there
 * @param offset its offset there
 * @param model what it asked for, if that was known
 * @param tenant whose job it was
 * @param failedAtMs epoch milliseconds, on the dispatcher's clock
 * @param attempts every attempt, oldest first
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record DeadLetter(
    String code,
    String message,
    @Nullable String job,
    @Nullable String fence,
    Lane lane,
    int partition,
    long offset,
    @Nullable String model,
    @Nullable String tenant,
    long failedAtMs,
    List<AttemptReport> attempts)
    implements Message {
  public DeadLetter {
    code = Require.cutName(code, "code");
    message = Require.words(message, "message");
    Require.present(lane, "lane");
    attempts = Require.list(attempts);
  }
}
