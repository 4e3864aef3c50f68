package dev.relevo.common.protocol;

import com.fasterxml.jackson.annotation.JsonInclude;
import org.jspecify.annotations.Nullable;

/**
 * Why an attempt failed.
 *
 * @param code for programs, one of {@link FailureCodes} or a backend's own
 * @param message for people
 * @param retryable whether another node may succeed
 * @param retryAfterMs how long the provider asked to wait, milliseconds, if it did
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record AttemptFailure(
    String code, String message, boolean retryable, @Nullable Long retryAfterMs) {
  public AttemptFailure {
    code = Require.cutName(code, "code");
    message = Require.words(message, "message");
  }
}
