package dev.relevo.testkit;

import dev.relevo.common.protocol.FailureCodes;
import dev.relevo.node.backend.Completion;
import dev.relevo.node.backend.Fault;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What goes wrong at a scripted model, as a node would tell it of a real one.
 *
 * @param fault its kind, which says whether another attempt is made
 * @param code for programs, one of {@link FailureCodes} or any of a backend's own
 * @param message for people
 * @param retryAfter how long the backend asks to wait before the next attempt, if it does
 */
public record Failure(Fault fault, String code, String message, @Nullable Duration retryAfter) {

  /** The backend broke down: another node takes over, up to the job's number of attempts. */
  public static Failure retryable(String message) {
    return new Failure(Fault.SERVER, FailureCodes.BACKEND_ERROR, message, null);
  }

  /** The connection to the backend broke off in the middle of the stream; retryable. */
  public static Failure cutStream() {
    return new Failure(
        Fault.CUT, FailureCodes.BACKEND_ERROR, "the scripted stream broke off", null);
  }

  /** The backend's 429: retryable, but not before some time has passed. */
  public static Failure rateLimited(Duration retryAfter) {
    return new Failure(
        Fault.RATE_LIMITED, "rate_limit_exceeded", "too many requests (429)", retryAfter);
  }

  /** The backend's 400: the request is wrong, no other node is asked. */
  public static Failure callersFault(String message) {
    return new Failure(Fault.CALLER, FailureCodes.INVALID_REQUEST, message, null);
  }

  /** The backend's filter stops the answer; no other node is asked. */
  public static Failure contentFilter() {
    return new Failure(
        Fault.CALLER,
        FailureCodes.CONTENT_FILTER,
        "the scripted content filter stopped the answer",
        null);
  }

  /** Whether the node that meets it leaves the backend alone for a while. */
  boolean barsBackend() {
    return fault == Fault.RATE_LIMITED || fault.spoilsCredential();
  }

  Completion completion() {
    return Completion.failed(
        fault, code, message, retryAfter == null ? null : retryAfter.toMillis());
  }
}
