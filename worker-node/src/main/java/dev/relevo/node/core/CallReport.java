package dev.relevo.node.core;

import dev.relevo.node.backend.Fault;
import org.jspecify.annotations.Nullable;

/**
 * How a call went, for the backend that it was made to.
 *
 * @param verdict what it says of the backend
 * @param fault what kind of failure it was, if it failed
 * @param retryAfterMs how long the provider asked to wait, milliseconds, if it did
 * @param tokens how many it used, if the backend told
 * @param ttftMs milliseconds to its first token, if there was one
 * @param tokensPerSecond after the first token, if it can be told
 */
public record CallReport(
    Verdict verdict,
    @Nullable Fault fault,
    @Nullable Long retryAfterMs,
    @Nullable Long tokens,
    @Nullable Double ttftMs,
    @Nullable Double tokensPerSecond) {

  /** What a call says of the backend. */
  public enum Verdict {
    /** It answered. */
    WELL,
    FAILED,
    /** Nothing: the call was ended from this side. */
    NONE
  }

  /** A call that answered, and of which nothing was measured. */
  public static final CallReport WELL = new CallReport(Verdict.WELL, null, null, null, null, null);

  /** A call that this side ended. */
  public static final CallReport ENDED = new CallReport(Verdict.NONE, null, null, null, null, null);

  /** A call that failed. */
  public static CallReport failed(Fault fault, @Nullable Long retryAfterMs) {
    return new CallReport(Verdict.FAILED, fault, retryAfterMs, null, null, null);
  }

  /** The same call, with what was measured of it. */
  public CallReport measured(
      @Nullable Long used, @Nullable Double toFirstMs, @Nullable Double perSecond) {
    return new CallReport(verdict, fault, retryAfterMs, used, toFirstMs, perSecond);
  }
}
