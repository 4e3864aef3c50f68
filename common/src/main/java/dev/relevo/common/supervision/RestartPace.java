package dev.relevo.common.supervision;

import java.time.Duration;

/**
 * How long a part that crashed rests before it is started again: twice as long each time, and as
 * short as at first once it has worked for a while. Pure; not thread-safe.
 */
final class RestartPace {
  static final Duration FIRST_PAUSE = Duration.ofMillis(100);
  static final Duration LONGEST_PAUSE = Duration.ofSeconds(30);

  /** Who worked for so long since it was started again is taken for well. */
  static final Duration QUIET = Duration.ofMinutes(1);

  private int crashesInARow;
  private long startsAgainNanos;

  /**
   * It has crashed.
   *
   * @return how long it rests, nanoseconds
   */
  long crashed(long nowNanos) {
    if (crashesInARow > 0 && nowNanos - startsAgainNanos >= QUIET.toNanos()) {
      crashesInARow = 0;
    }
    long pauseNanos = FIRST_PAUSE.toNanos();
    for (int i = 0; i < crashesInARow && pauseNanos < LONGEST_PAUSE.toNanos(); i++) {
      pauseNanos *= 2;
    }
    pauseNanos = Math.min(pauseNanos, LONGEST_PAUSE.toNanos());
    crashesInARow++;
    startsAgainNanos = nowNanos + pauseNanos;
    return pauseNanos;
  }
}
