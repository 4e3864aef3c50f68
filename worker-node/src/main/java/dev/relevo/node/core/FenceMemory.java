package dev.relevo.node.core;

import dev.relevo.common.protocol.Fence;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeSet;

/**
 * Which fences a node has seen (protocol section 4): per home the highest epoch, and in that epoch
 * the attempts. The highest {@link #MAX_REMEMBERED} of a home are kept one by one; what is lower
 * than all of them counts as seen, for a shard hands out attempts upward.
 */
final class FenceMemory {
  /** Per home; a shard never has that many assignments on their way to one node. */
  static final int MAX_REMEMBERED = 1_024;

  private final Map<Integer, Home> homes = new HashMap<>();

  /** What a fence is to this node. */
  enum Verdict {
    NEW,
    /** Its epoch is lower than one seen for that home. */
    VOID,
    DUPLICATE
  }

  /** Judges a fence and remembers it. */
  Verdict see(Fence fence) {
    Home home = homes.computeIfAbsent(fence.home(), h -> new Home(fence.epoch()));
    if (fence.epoch() < home.epoch) {
      return Verdict.VOID;
    }
    if (fence.epoch() > home.epoch) {
      home = new Home(fence.epoch());
      homes.put(fence.home(), home);
    }
    return home.add(fence.attempt()) ? Verdict.NEW : Verdict.DUPLICATE;
  }

  /** One home's memory in its highest epoch. */
  private static final class Home {
    private final long epoch;
    private final TreeSet<Long> attempts = new TreeSet<>();
    private long seenUpTo = -1;

    Home(long epoch) {
      this.epoch = epoch;
    }

    boolean add(long attempt) {
      if (attempt <= seenUpTo || !attempts.add(attempt)) {
        return false;
      }
      if (attempts.size() > MAX_REMEMBERED) {
        seenUpTo = attempts.removeFirst();
      }
      return true;
    }
  }
}
