package dev.relevo.node.core;

import dev.relevo.common.protocol.NodeBeat.Health;
import java.time.Duration;

/**
 * When a backend is asked next how it is: each interval while it is well; while it is down after a
 * second, doubled each time up to the interval; while it is full every other second, for that
 * passes soon. Never longer than the interval. Not thread-safe.
 */
public final class CheckPace {
  private static final long FIRST_MS = 1_000;
  private static final long BUSY_MS = 2_000;
  private static final int MAX_DOUBLINGS = 20;

  private final long intervalMs;
  private int down;

  /** The pace of a backend that was never asked. */
  public CheckPace(Duration interval) {
    this.intervalMs = interval.toMillis();
  }

  /** Milliseconds until the next check, after one that found this. */
  public long afterMs(Health found) {
    down = found == Health.UNAVAILABLE ? down + 1 : 0;
    return Math.min(
        intervalMs,
        switch (found) {
          case AVAILABLE -> intervalMs;
          case BUSY -> BUSY_MS;
          case UNAVAILABLE -> FIRST_MS << Math.min(down - 1, MAX_DOUBLINGS);
        });
  }

  /** Something new has happened to it: the next pause is the shortest again. */
  public void restart() {
    down = 0;
  }

  /** Milliseconds between two checks that failing calls ask for. */
  public long leastGapMs() {
    return Math.min(FIRST_MS, intervalMs);
  }
}
