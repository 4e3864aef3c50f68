package dev.relevo.gateway.operate;

import dev.relevo.gateway.http.Exchange;
import dev.relevo.gateway.http.HttpProblem;
import dev.relevo.operator.PastMoment;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Reads what the query of a request asks for; what is wrong with it is the caller's to hear. */
final class QueryReader {
  private static final int MOST_TOLD = 60;

  private final Exchange exchange;

  QueryReader(Exchange exchange) {
    this.exchange = exchange;
  }

  /** A parameter; null where it is missing or empty. */
  @Nullable String text(String name) {
    return exchange.query(name).filter(text -> !text.isEmpty()).orElse(null);
  }

  /** How many are wanted. */
  int limit(int usual, int most) {
    String text = text("limit");
    if (text == null) {
      return usual;
    }
    return number(text, most)
        .orElseThrow(() -> wrong("limit", text, "a whole number from 1 to " + most));
  }

  private static Optional<Integer> number(String text, int most) {
    try {
      return Optional.of(Integer.parseInt(text)).filter(number -> number >= 1 && number <= most);
    } catch (NumberFormatException e) {
      return Optional.empty();
    }
  }

  /** A moment, epoch milliseconds; null where it is missing. */
  @Nullable Long momentMs(String name, Instant now) {
    String text = text(name);
    return text == null ? null : momentMs(name, text, now);
  }

  static long momentMs(String name, String text, Instant now) {
    return PastMoment.parse(text, now)
        .orElseThrow(() ->
            wrong(
                name,
                text,
                "how long ago (30m, 12h, 7d), or a date or time such as 2026-01-31 or"
                    + " 2026-01-31T12:00:00Z"))
        .toEpochMilli();
  }

  /**
   * 400 for a value that is none.
   *
   * @param expected what would be one
   */
  static HttpProblem wrong(String name, String value, String expected) {
    return HttpProblem.badRequest(
            "invalid_value",
            "%s is '%s', expected %s."
                .formatted(
                    name,
                    value.length() > MOST_TOLD ? value.substring(0, MOST_TOLD) + "…" : value,
                    expected))
        .about(name);
  }
}
