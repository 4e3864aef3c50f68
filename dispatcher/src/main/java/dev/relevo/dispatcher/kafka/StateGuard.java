package dev.relevo.dispatcher.kafka;

import java.util.HashMap;
import java.util.Map;

/**
 * Notices that somebody else wrote to a home's state, without reading back what we wrote ourselves:
 * our records stand one behind the other, so a gap between them, or beyond the last, is somebody's.
 */
final class StateGuard {
  private final Map<Integer, Long> nextOffsets = new HashMap<>();

  /**
   * Somebody else's records.
   *
   * @param from offset of the first
   * @param to offset behind the last
   */
  record Gap(int home, long from, long to) {}

  void open(int home, long next) {
    nextOffsets.put(home, next);
  }

  void close(int home) {
    nextOffsets.remove(home);
  }

  /** Our record was written; what stands between it and the one before is returned, or null. */
  @org.jspecify.annotations.Nullable
  Gap written(int home, long offset) {
    Long next = nextOffsets.get(home);
    if (next == null || offset < next) {
      return null;
    }
    nextOffsets.put(home, offset + 1);
    return offset == next ? null : new Gap(home, next, offset);
  }

  /**
   * The partition ends here, and nothing of ours is under way; what is not ours is returned, or
   * null.
   */
  @org.jspecify.annotations.Nullable
  Gap ends(int home, long end) {
    Long next = nextOffsets.get(home);
    if (next == null || end <= next) {
      return null;
    }
    nextOffsets.put(home, end);
    return new Gap(home, next, end);
  }
}
