package dev.relevo.operator;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A moment as people write it. */
public final class PastMoment {
  private static final Pattern AGO = Pattern.compile("(\\d{1,9})(s|m|h|d)");

  private PastMoment() {}

  /**
   * Reads how long ago it was (30m, 12h, 7d), or a date or time in UTC (2026-01-31,
   * 2026-01-31T12:00:00Z).
   *
   * @return empty when it is no time
   */
  public static Optional<Instant> parse(String text, Instant now) {
    Matcher ago = AGO.matcher(text);
    if (ago.matches()) {
      long count = Long.parseLong(ago.group(1));
      return Optional.of(
          now.minus(
              switch (ago.group(2)) {
                case "s" -> Duration.ofSeconds(count);
                case "m" -> Duration.ofMinutes(count);
                case "h" -> Duration.ofHours(count);
                default -> Duration.ofDays(count);
              }));
    }
    try {
      return Optional.of(
          text.contains("T")
              ? OffsetDateTime.parse(text).toInstant()
              : LocalDate.parse(text).atStartOfDay(ZoneOffset.UTC).toInstant());
    } catch (DateTimeException e) {
      // That it is no time is an answer; which of the ways of writing was meant nobody knows.
      return Optional.empty();
    }
  }
}
