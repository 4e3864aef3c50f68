package dev.relevo.gateway;

import dev.relevo.gateway.http.Exchange;
import dev.relevo.gateway.http.HttpProblem;
import io.github.bucket4j.Bucket;
import io.github.bucket4j.ConsumptionProbe;
import io.github.bucket4j.TimeMeter;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** How much one caller may ask: requests at once, and requests begun in a minute. Thread-safe. */
final class Allowance {
  /** When one of many requests ends nobody knows, but some end soon. */
  private static final Duration SOON = Duration.ofSeconds(1);

  private final int mostAtOnce;
  private final int perMinute;
  private final AtomicInteger running = new AtomicInteger();
  private final @Nullable Bucket minute;

  /**
   * @param perMinute 0 for any number
   * @param nanoTime a monotonic clock
   */
  Allowance(int mostAtOnce, int perMinute, LongSupplier nanoTime) {
    this.mostAtOnce = mostAtOnce;
    this.perMinute = perMinute;
    this.minute =
        perMinute == 0
            ? null
            : Bucket.builder()
                .addLimit(limit ->
                    limit.capacity(perMinute).refillGreedy(perMinute, Duration.ofMinutes(1)))
                .withCustomTimePrecision(new Clock(nanoTime))
                .build();
  }

  /**
   * Counts a request that begins; {@link #end} counts it off. The answer tells what is left.
   *
   * @throws HttpProblem 429, and then it counts for nothing
   */
  void begin(Exchange exchange) {
    if (running.incrementAndGet() > mostAtOnce) {
      running.decrementAndGet();
      throw tooMuch(
          "%,d requests of this caller run already, and no more are allowed at once."
              .formatted(mostAtOnce),
          SOON);
    }
    try {
      countInMinute(exchange);
    } catch (HttpProblem e) {
      running.decrementAndGet();
      throw e;
    }
  }

  /** A request has been answered. */
  void end() {
    running.decrementAndGet();
  }

  private void countInMinute(Exchange exchange) {
    if (minute == null) {
      return;
    }
    ConsumptionProbe probe = minute.tryConsumeAndReturnRemaining(1);
    exchange.standingHeader("x-ratelimit-limit-requests", Integer.toString(perMinute));
    exchange.standingHeader(
        "x-ratelimit-remaining-requests", Long.toString(probe.getRemainingTokens()));
    exchange.standingHeader(
        "x-ratelimit-reset-requests", shown(Duration.ofNanos(probe.getNanosToWaitForReset())));
    if (!probe.isConsumed()) {
      throw tooMuch(
          "This caller may begin %,d requests a minute, and has.".formatted(perMinute),
          Duration.ofNanos(probe.getNanosToWaitForRefill()));
    }
  }

  /** At most a minute, as clients of OpenAI read it. */
  private static String shown(Duration time) {
    long ms = Math.ceilDiv(time.toNanos(), 1_000_000);
    return ms < 1_000 ? ms + "ms" : Math.ceilDiv(ms, 1_000) + "s";
  }

  private static HttpProblem tooMuch(String message, Duration wait) {
    return HttpProblem.of(429, "rate_limit_exceeded", message).retryAfter(wait);
  }

  /** The clock as buckets want it. */
  private record Clock(LongSupplier nanoTime) implements TimeMeter {
    @Override
    public long currentTimeNanos() {
      return nanoTime.getAsLong();
    }

    @Override
    public boolean isWallClockBased() {
      return false;
    }
  }
}
