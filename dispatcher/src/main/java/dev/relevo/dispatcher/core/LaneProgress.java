package dev.relevo.dispatcher.core;

import java.util.TreeSet;

/** How far a lane may be committed: up to the oldest record that is not yet settled in state. */
final class LaneProgress {
  private final TreeSet<Long> outstanding = new TreeSet<>();
  private long next;

  LaneProgress(long next) {
    this.next = next;
  }

  /** A record was read. */
  void read(long offset) {
    outstanding.add(offset);
    next = Math.max(next, offset + 1);
  }

  /** A record needs nothing any more. */
  void settled(long offset) {
    outstanding.remove(offset);
  }

  /** The offset to commit. */
  long committable() {
    return outstanding.isEmpty() ? next : outstanding.first();
  }
}
