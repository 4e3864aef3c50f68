package dev.relevo.gateway.chat;

import dev.relevo.client.JobException;
import dev.relevo.common.kafka.KafkaProblem;
import dev.relevo.common.protocol.FailureCodes;
import dev.relevo.gateway.http.HttpProblem;
import dev.relevo.operator.batch.Refusals;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a caller is told of a job that did not come to an answer: one table from the codes of
 * failures to HTTP. Pure.
 */
final class JobFailures {
  static final String OVERLOADED = "server_is_overloaded";

  /** Whoever comes back waits in line again, so the pause itself may be short. */
  private static final Duration BUSY = Duration.ofSeconds(2);

  private static final Duration SOON = Duration.ofSeconds(1);

  private static final Row NO_SUCH_MODEL = new Row(404, null, Again.NEVER, true);

  private static final Map<String, Row> ROWS = rows();

  private JobFailures() {}

  /** When an SDK should ask again. */
  private enum Again {
    /** When its own rules say so. */
    AS_USUAL,
    /** After a time that we name. */
    WHEN_FREE,
    /** The same, right away. */
    SOON,
    /** It would not help. */
    NEVER
  }

  /**
   * A row of the table.
   *
   * @param code told to programs; null for the failure's own
   * @param heals whether the same request, made anew, may come to an answer
   */
  private record Row(int status, @Nullable String code, Again again, boolean heals) {}

  private static Map<String, Row> rows() {
    Map<String, Row> rows = new HashMap<>();
    Row refused = new Row(400, null, Again.AS_USUAL, false);
    rows.put(FailureCodes.INVALID_REQUEST, refused);
    rows.put(FailureCodes.CONTENT_FILTER, refused);
    rows.put(FailureCodes.NO_WORKERS_AVAILABLE, new Row(503, OVERLOADED, Again.WHEN_FREE, true));
    rows.put(FailureCodes.BACKEND_BUSY, new Row(503, OVERLOADED, Again.WHEN_FREE, true));
    rows.put(JobException.TOO_MANY_OPEN, new Row(503, OVERLOADED, Again.WHEN_FREE, true));
    rows.put(JobException.NOT_SUBMITTED, new Row(503, "kafka_unreachable", Again.WHEN_FREE, true));
    rows.put(JobException.UNREADABLE, new Row(503, "kafka_unreachable", Again.WHEN_FREE, true));
    rows.put(JobException.CLIENT_CLOSED, new Row(503, "gateway_stopping", Again.SOON, true));
    rows.put(JobException.INTERRUPTED, new Row(503, "gateway_stopping", Again.SOON, true));
    rows.put(FailureCodes.DEADLINE_EXCEEDED, new Row(504, "timeout", Again.NEVER, true));
    rows.put(JobException.NO_ANSWER, new Row(504, "timeout", Again.NEVER, true));
    Row backend = new Row(502, "bad_gateway", Again.AS_USUAL, true);
    rows.put(FailureCodes.ATTEMPTS_EXHAUSTED, backend);
    rows.put(FailureCodes.BACKEND_ERROR, backend);
    rows.put(FailureCodes.NODE_LOST, backend);
    rows.put(FailureCodes.STREAM_BROKEN, new Row(502, null, Again.AS_USUAL, true));
    rows.put(JobException.RESTARTED, new Row(502, null, Again.AS_USUAL, true));
    rows.put(JobException.ANSWER_TOO_LONG, new Row(502, null, Again.NEVER, false));
    rows.put(FailureCodes.RECORD_GONE, new Row(500, null, Again.NEVER, true));
    rows.put(FailureCodes.REPLY_GONE, new Row(500, null, Again.NEVER, true));
    rows.put(FailureCodes.MALFORMED_RECORD, new Row(500, null, Again.NEVER, false));
    rows.put(FailureCodes.FORBIDDEN_REPLY_PLACE, new Row(500, null, Again.NEVER, false));
    rows.put(JobException.CANCELLED, new Row(409, null, Again.NEVER, true));
    rows.put(FailureCodes.ALREADY_SUBMITTED, new Row(409, null, Again.NEVER, false));
    rows.put(JobException.ALREADY_OPEN, new Row(409, null, Again.SOON, false));
    rows.put(JobException.NO_SUCH_REPLY, new Row(410, null, Again.NEVER, false));
    rows.put(JobException.REPLY_DELETED, new Row(410, null, Again.NEVER, false));
    rows.put(JobException.NO_SUCH_POSITION, new Row(500, null, Again.NEVER, false));
    rows.put(JobException.TOO_MANY_FOLLOWED, new Row(503, OVERLOADED, Again.WHEN_FREE, true));
    return Map.copyOf(rows);
  }

  /** What the caller is told when Kafka does not answer. */
  static HttpProblem kafka(KafkaProblem problem) {
    return problem(JobException.NOT_SUBMITTED, String.valueOf(problem.getMessage()));
  }

  /** What the caller is told. */
  static HttpProblem problem(JobException failure) {
    return problem(failure.code(), String.valueOf(failure.getMessage()));
  }

  /** The same, of a failure's code and words. */
  static HttpProblem problem(String code, String words) {
    if (Refusals.isTooLong(code, words)) {
      return HttpProblem.badRequest(Refusals.CONTEXT_LENGTH_EXCEEDED, words).about("messages");
    }
    Row row = row(code, words);
    HttpProblem problem =
        HttpProblem.of(row.status(), row.code() == null ? code : row.code(), words);
    if (row.equals(NO_SUCH_MODEL)) {
      problem = problem.about("model");
    }
    return switch (row.again()) {
      case AS_USUAL -> problem;
      case WHEN_FREE -> problem.retryAfter(BUSY);
      case SOON -> problem.retryAfter(SOON);
      case NEVER -> problem.notToBeRetried();
    };
  }

  /** Whether the same request, made anew, may come to an answer. */
  static boolean mayHeal(String code, String words) {
    return !Refusals.isTooLong(code, words) && row(code, words).heals();
  }

  static boolean isOurs(String code) {
    return ROWS.containsKey(code) || Refusals.hasCodeOfTooLong(code);
  }

  /** A code that is none of ours is a provider's, who refuses the request. */
  private static Row row(String code, String words) {
    Row known = ROWS.get(code);
    if (known != null) {
      return known;
    }
    if (Refusals.isOutOfTime(words)) {
      return new Row(504, "timeout", Again.NEVER, true);
    }
    return code.equals(Refusals.MODEL_NOT_FOUND)
        ? NO_SUCH_MODEL
        : new Row(400, null, Again.AS_USUAL, false);
  }
}
