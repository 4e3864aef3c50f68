package dev.relevo.dispatcher.core;

import java.util.concurrent.TimeUnit;

/**
 * When a dispatcher's loop looks at its clock: twenty times a second, and besides at the very
 * moment at which a node's patience ends, for whoever reads the answer waits for that.
 */
public final class Ticks {
  /** The usual time between two ticks. */
  public static final long PERIOD_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

  /** Never sooner than that, whatever is due: the loop must not spin. */
  static final long SHORTEST_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

  private boolean begun;
  private long lastNanos;
  private long waitNanos;

  /**
   * A tick was made.
   *
   * @param untilLossNanos how long until a node is given up, if nothing is heard of it meanwhile
   */
  public void made(long nanos, long untilLossNanos) {
    begun = true;
    lastNanos = nanos;
    waitNanos = Math.clamp(untilLossNanos, SHORTEST_NANOS, PERIOD_NANOS);
  }

  /** How long the loop may wait for something to read, nanoseconds; 0 when a tick is due. */
  public long untilNextNanos(long nanos) {
    return begun ? Math.max(0, waitNanos - (nanos - lastNanos)) : 0;
  }

  /** Whether a tick is due. */
  public boolean isDue(long nanos) {
    return untilNextNanos(nanos) == 0;
  }
}
