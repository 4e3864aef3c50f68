package dev.relevo.dispatcher.core;

import java.time.Duration;

/**
 * The right to decide (protocol section 4, Holding on): for the session time-out, less a margin,
 * from the <em>sending</em> of the last commit that the group accepted. Whoever was held up longer
 * may have an heir, and proves its membership first.
 */
public final class Lease {
  private static final Duration MARGIN = Duration.ofSeconds(1);

  private final long nanos;
  private long endNanos;

  /**
   * One that has run out.
   *
   * @param sessionTimeout after which the group gives a silent member's homes to another
   */
  public Lease(Duration sessionTimeout) {
    this.nanos = sessionTimeout.minus(MARGIN).toNanos();
    this.endNanos = Long.MIN_VALUE;
  }

  /** The group accepted what was sent then, monotonic nanoseconds. */
  public void renewFrom(long sentNanos) {
    endNanos = Math.max(endNanos, sentNanos + nanos);
  }

  /** Whether decisions count now. */
  public boolean holds(long nowNanos) {
    return nowNanos < endNanos;
  }
}
