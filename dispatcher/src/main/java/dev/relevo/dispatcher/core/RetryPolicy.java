package dev.relevo.dispatcher.core;

import java.time.Duration;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * When a failed attempt is tried again (protocol section 4): doubled from the first pause up to a
 * cap, give or take a fifth.
 */
final class RetryPolicy {
  private static final double JITTER = 0.2;

  private final long initialMs;
  private final long maxMs;
  private final RandomGenerator random;

  RetryPolicy(Duration initial, Duration max, RandomGenerator random) {
    this.initialMs = initial.toMillis();
    this.maxMs = max.toMillis();
    this.random = random;
  }

  /**
   * @param failures failed attempts so far, 1 or more
   * @param retryAfterMs what the provider asked for; it wins over our own pause
   */
  long pauseMs(int failures, @Nullable Long retryAfterMs) {
    if (retryAfterMs != null && retryAfterMs >= 0) {
      return retryAfterMs;
    }
    int doublings = Math.min(failures - 1, 30);
    long pause = Math.min(maxMs, initialMs << doublings);
    return Math.round(pause * (1 - JITTER + 2 * JITTER * random.nextDouble()));
  }
}
