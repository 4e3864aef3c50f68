package dev.relevo.dispatcher.core;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * How far a lane may be committed: up to the oldest record that is not yet settled in state, or
 * whose dead letter is not yet taken out, for then an heir has to read it again.
 */
final class LaneProgress {
  private final TreeSet<Long> outstanding = new TreeSet<>();
  private final Map<Long, String> takingOut = new HashMap<>();
  private final Set<Long> settledMeanwhile = new HashSet<>();
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
    if (takingOut.containsKey(offset)) {
      settledMeanwhile.add(offset);
    } else {
      outstanding.remove(offset);
    }
  }

  /** A record runs a letter again, which is being taken out. */
  void takesOut(long offset, String letter) {
    takingOut.put(offset, letter);
  }

  /** A letter is out. */
  void takenOut(String letter) {
    if (takingOut.values().removeIf(letter::equals)) {
      settledMeanwhile.removeIf(
          offset -> !takingOut.containsKey(offset) && outstanding.remove(offset));
    }
  }

  /** The offset to commit. */
  long committable() {
    return outstanding.isEmpty() ? next : outstanding.first();
  }
}
