package dev.relevo.gateway.files;

import java.time.Duration;

/**
 * How long the other side of a transfer has let it wait, against the least pace. What Kafka takes
 * counts for nothing. Pure; for one thread.
 */
final class LeastPace {
  private final long leastBytesPerSecond;
  private final long patienceNanos;
  private long waitedNanos;
  private long bytes;

  /**
   * @param patience that is had whatever comes
   */
  LeastPace(long leastBytesPerSecond, Duration patience) {
    this.leastBytesPerSecond = leastBytesPerSecond;
    this.patienceNanos = patience.toNanos();
  }

  /** So many bytes have passed, and were waited for so long. */
  void passed(long count, long nanos) {
    bytes += Math.max(0, count);
    waitedNanos += nanos;
  }

  boolean isTooSlow() {
    double allowed = patienceNanos + bytes * 1e9 / leastBytesPerSecond;
    return waitedNanos > allowed;
  }
}
