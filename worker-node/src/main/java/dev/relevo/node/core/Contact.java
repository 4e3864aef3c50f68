package dev.relevo.node.core;

import java.time.Duration;

/**
 * Whether a node has word from Kafka (protocol section 3). One whose fetches do not come back reads
 * nothing, one whose beats are not taken is silent to others, and neither notices by itself: both
 * may be given up while they work on. Reads no clock and does no I/O.
 *
 * <p>Used by the loop, but for {@link #beatTaken}, which Kafka's thread calls.
 */
public final class Contact {
  private final long patienceNanos;
  private double fetches = -1;
  private long fetchedNanos;
  private boolean began;
  private boolean lost;
  private volatile long takenNanos;

  /**
   * A node that has just come in.
   *
   * @param patience how long a fetch or a beat may take
   */
  public Contact(Duration patience) {
    this.patienceNanos = patience.toNanos();
  }

  /** Kafka has taken a beat. */
  public void beatTaken(long nowNanos) {
    takenNanos = nowNanos;
  }

  /**
   * A turn of the loop begins.
   *
   * @param fetchesSoFar how many fetches have come back, with records or without
   * @return whether contact was lost or found again since the turn before: then others may have
   *     what the node runs
   */
  public boolean isInDoubt(double fetchesSoFar, long nowNanos) {
    if (!began) {
      began = true;
      takenNanos = nowNanos;
    }
    if (fetchesSoFar != fetches) {
      fetches = fetchesSoFar;
      fetchedNanos = nowNanos;
    }
    boolean was = lost;
    lost = nowNanos - fetchedNanos >= patienceNanos || nowNanos - takenNanos >= patienceNanos;
    return lost != was;
  }
}
