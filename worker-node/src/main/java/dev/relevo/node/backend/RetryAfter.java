package dev.relevo.node.backend;

import java.time.Duration;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import org.jspecify.annotations.Nullable;

/** Reads how long a server asks to wait. */
final class RetryAfter {
  /** Longer waits are cut to this, milliseconds: one day. */
  static final long MAX_MS = Duration.ofDays(1).toMillis();

  private RetryAfter() {}

  /**
   * Milliseconds to wait, or null if the headers do not say.
   *
   * @param milliseconds the header {@code retry-after-ms}
   * @param retryAfter the header {@code retry-after}: seconds, or a date
   * @param date the header {@code date}, by which a date is measured: the server's own clock
   */
  static @Nullable Long read(
      @Nullable String milliseconds, @Nullable String retryAfter, @Nullable String date) {
    Long exact = number(milliseconds, 1);
    if (exact != null) {
      return exact;
    }
    Long seconds = number(retryAfter, 1000);
    return seconds != null ? seconds : between(date, retryAfter);
  }

  /** Milliseconds of a duration such as {@code 34s} or {@code 1.5s}, or null if it is none. */
  static @Nullable Long delay(@Nullable String duration) {
    return duration == null || !duration.endsWith("s")
        ? null
        : number(duration.substring(0, duration.length() - 1), 1000);
  }

  private static @Nullable Long number(@Nullable String text, int unitMs) {
    if (text == null) {
      return null;
    }
    try {
      double value = Double.parseDouble(text.strip()) * unitMs;
      return value >= 0 ? (Long) Math.min((long) value, MAX_MS) : null;
    } catch (NumberFormatException e) {
      return null;
    }
  }

  private static @Nullable Long between(@Nullable String from, @Nullable String to) {
    if (from == null || to == null) {
      return null;
    }
    try {
      long waitMs = Duration.between(instant(from), instant(to)).toMillis();
      return Math.clamp(waitMs, 0, MAX_MS);
    } catch (DateTimeParseException e) {
      return null;
    }
  }

  private static ZonedDateTime instant(String text) {
    return ZonedDateTime.parse(text.strip(), DateTimeFormatter.RFC_1123_DATE_TIME);
  }
}
