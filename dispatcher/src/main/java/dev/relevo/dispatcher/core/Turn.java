package dev.relevo.dispatcher.core;

import dev.relevo.common.protocol.Lane;
import java.util.Comparator;

/**
 * A job's place among those that wait: lane, priority and age decide who is next.
 *
 * @param entry the job
 * @param shard whose it is
 * @param ticket its age: who came earlier has a lower one
 */
record Turn(JobEntry entry, Shard shard, long ticket) {
  static final Comparator<Turn> ORDER =
      Comparator.<Turn, Lane>comparing(turn -> turn.entry.lane)
          .thenComparingInt(turn -> turn.entry.priority())
          .thenComparingLong(turn -> turn.ticket);

  /** Whether its job still waits with this ticket; else whoever meets it skips it. */
  boolean isCurrent() {
    return entry.ticket == ticket;
  }
}
