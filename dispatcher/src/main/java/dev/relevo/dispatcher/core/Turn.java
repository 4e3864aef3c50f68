package dev.relevo.dispatcher.core;

import java.util.Comparator;

/**
 * A job's place among those of its tenant that wait (protocol section 4, Whose turn it is).
 *
 * @param entry the job
 * @param shard whose it is
 * @param rankMs when it came in, epoch milliseconds, and later by {@code dispatcher.ageing} for
 *     each step of its priority: so age makes up for priority, and an order once made holds
 * @param ticket who was read first, of those with the same rank
 */
record Turn(JobEntry entry, Shard shard, long rankMs, long ticket) {
  static final Comparator<Turn> ORDER =
      Comparator.comparingLong(Turn::rankMs).thenComparingLong(Turn::ticket);

  /**
   * Whether its job still waits in this place; else whoever meets it skips it. A job that comes
   * back has a new turn, equal to the old one that may still lie about.
   */
  @SuppressWarnings("ReferenceEquality")
  boolean isCurrent() {
    return entry.turn == this;
  }
}
