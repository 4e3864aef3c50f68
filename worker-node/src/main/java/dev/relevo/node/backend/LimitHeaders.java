package dev.relevo.node.backend;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Comparator;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import okhttp3.Headers;
import org.jspecify.annotations.Nullable;

/**
 * Reads what a response says of rate limits: OpenAI's and Groq's {@code x-ratelimit-…}, whose times
 * are spans such as {@code 6m0s}, and {@code anthropic-ratelimit-…}, whose times are moments. What
 * cannot be read is not known.
 */
final class LimitHeaders {
  private static final Pattern SPAN = Pattern.compile("(\\d+(?:\\.\\d*)?)(h|ms|m|s|us|µs|ns)");
  private static final Map<String, Double> UNIT_MS =
      Map.of(
          "h", 3_600_000.0,
          "m", 60_000.0,
          "s", 1_000.0,
          "ms", 1.0,
          "us", 1e-3,
          "µs", 1e-3,
          "ns", 1e-6);

  private LimitHeaders() {}

  /** One of a provider's limits. */
  private record Limit(@Nullable Long left, @Nullable Long resetMs) {}

  /**
   * What they say; {@link LimitNews#NONE} if nothing.
   *
   * @param headers of the response; its date is the server's own clock
   */
  static LimitNews read(Headers headers) {
    Limit requests = scarcest(headers, "requests");
    Limit tokens = scarcest(headers, "tokens", "input-tokens", "output-tokens", "project-tokens");
    LimitNews news =
        new LimitNews(requests.left(), requests.resetMs(), tokens.left(), tokens.resetMs());
    return news.equals(LimitNews.NONE) ? LimitNews.NONE : news;
  }

  /** Of several kinds the one that ends first. */
  private static Limit scarcest(Headers headers, String... kinds) {
    return Stream.of(kinds)
        .flatMap(kind -> Stream.of(openAi(headers, kind), anthropic(headers, kind)))
        .filter(limit -> limit.left() != null)
        .min(Comparator.comparingLong(limit -> Objects.requireNonNull(limit.left())))
        .orElse(new Limit(null, null));
  }

  private static Limit openAi(Headers headers, String kind) {
    return new Limit(
        count(headers.get("x-ratelimit-remaining-" + kind)),
        span(headers.get("x-ratelimit-reset-" + kind)));
  }

  private static Limit anthropic(Headers headers, String kind) {
    String name = "anthropic-ratelimit-" + kind;
    return new Limit(
        count(headers.get(name + "-remaining")),
        until(headers.get("date"), headers.get(name + "-reset")));
  }

  private static @Nullable Long count(@Nullable String text) {
    if (text == null) {
      return null;
    }
    try {
      return Math.max(0, (long) Double.parseDouble(text.strip()));
    } catch (NumberFormatException e) {
      return null;
    }
  }

  /** Milliseconds of a span as Go writes it; a bare number is of seconds. */
  static @Nullable Long span(@Nullable String text) {
    String given = text == null ? "" : text.strip();
    if (given.matches("\\d+(\\.\\d*)?")) {
      given = given + "s";
    }
    Matcher part = SPAN.matcher(given);
    double ms = 0;
    int end = 0;
    while (part.find() && part.start() == end) {
      ms += Double.parseDouble(part.group(1)) * UNIT_MS.getOrDefault(part.group(2), 0.0);
      end = part.end();
    }
    return end == 0 || end < given.length()
        ? null
        : (Long) Math.min((long) Math.ceil(ms), RetryAfter.MAX_MS);
  }

  /** By the server's clock where it tells it; ours may be wrong. */
  private static @Nullable Long until(@Nullable String date, @Nullable String moment) {
    if (moment == null) {
      return null;
    }
    try {
      Instant now =
          date == null
              ? Instant.now()
              : ZonedDateTime.parse(date.strip(), DateTimeFormatter.RFC_1123_DATE_TIME).toInstant();
      long waitMs = Duration.between(now, Instant.parse(moment.strip())).toMillis();
      return Math.clamp(waitMs, 0, RetryAfter.MAX_MS);
    } catch (DateTimeException e) {
      return null;
    }
  }
}
