package dev.relevo.gateway.http;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a caller is told instead of an answer. Rendered in one place, in the shape of its route
 * ({@link ErrorShape}).
 */
public final class HttpProblem extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Longer ones block threads of callers whose SDK obeys any. */
  private static final Duration LONGEST_RETRY_AFTER = Duration.ofMinutes(1);

  private final int status;
  private final @Nullable String code;
  private final String type;
  private final @Nullable String param;
  private final LinkedHashMap<String, String> headers;

  private HttpProblem(
      int status,
      @Nullable String code,
      String type,
      @Nullable String param,
      Map<String, String> headers,
      String message) {
    super(message, null, false, false);
    this.status = status;
    this.code = code;
    this.type = type;
    this.param = param;
    this.headers = new LinkedHashMap<>(headers);
  }

  /**
   * A problem with the type that OpenAI's SDKs expect with this status.
   *
   * @param status the HTTP status, 400 to 599
   * @param code for programs; null for none
   * @param message for people: what happened, and what to do
   */
  public static HttpProblem of(int status, @Nullable String code, String message) {
    return new HttpProblem(status, code, typeOf(status), null, Map.of(), message);
  }

  /** The request is wrong: 400. */
  public static HttpProblem badRequest(@Nullable String code, String message) {
    return of(400, code, message);
  }

  /** There is no such thing: 404. */
  public static HttpProblem notFound(@Nullable String code, String message) {
    return of(404, code, message);
  }

  /** A quota is used up, and time alone gives nothing back: 429, not to be tried again. */
  public static HttpProblem quotaUsedUp(String code, String message) {
    return of(429, code, message).ofType("insufficient_quota").notToBeRetried();
  }

  /** The same with the field of the request that it is about. */
  public HttpProblem about(String field) {
    return new HttpProblem(status, code, type, field, headers, words());
  }

  /** The same with another type. */
  public HttpProblem ofType(String other) {
    return new HttpProblem(status, code, other, param, headers, words());
  }

  /** The same with a header. */
  public HttpProblem with(String header, String value) {
    HttpProblem more = new HttpProblem(status, code, type, param, headers, words());
    more.headers.put(header, value);
    return more;
  }

  /** The same, and it may be tried again after a time: rounded up to seconds, 1 to 60. */
  public HttpProblem retryAfter(Duration wait) {
    long capped = Math.min(wait.toMillis(), LONGEST_RETRY_AFTER.toMillis());
    return with("Retry-After", Long.toString(Math.max(1, Math.ceilDiv(capped, 1_000))));
  }

  /** The same, and SDKs are told that trying again does not help. */
  public HttpProblem notToBeRetried() {
    return with("x-should-retry", "false");
  }

  public int status() {
    return status;
  }

  public @Nullable String code() {
    return code;
  }

  /** OpenAI's kind of error. */
  public String type() {
    return type;
  }

  /** The field of the request that it is about. */
  public @Nullable String param() {
    return param;
  }

  /** Headers of the answer. */
  public Map<String, String> headers() {
    return Map.copyOf(headers);
  }

  /** The message, never null. */
  public String words() {
    return String.valueOf(getMessage());
  }

  private static String typeOf(int status) {
    return switch (status) {
      case 429 -> "rate_limit_error";
      case 503 -> "service_unavailable_error";
      case 501 -> "invalid_request_error";
      default -> status < 500 ? "invalid_request_error" : "server_error";
    };
  }
}
