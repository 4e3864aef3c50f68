package dev.relevo.dispatcher.core;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Notices that somebody else wrote to a home's state, without reading back what we wrote ourselves:
 * our records stand one behind the other, so a gap between them, or beyond the last, is somebody's.
 */
public final class StateGuard {
  private final Map<Integer, Long> nextOffsets = new HashMap<>();

  /**
   * Somebody else's records.
   *
   * @param from offset of the first
   * @param to offset behind the last
   */
  public record Gap(int home, long from, long to) {}

  /** A home is ours from an offset on: that behind our {@code opened}. */
  public void open(int home, long next) {
    nextOffsets.put(home, next);
  }

  /** A home is ours no more. */
  public void close(int home) {
    nextOffsets.remove(home);
  }

  /** Our record was written; what stands between it and the one before is returned, or null. */
  public @Nullable Gap written(int home, long offset) {
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
  public @Nullable Gap ends(int home, long end) {
    Long next = nextOffsets.get(home);
    if (next == null || end <= next) {
      return null;
    }
    nextOffsets.put(home, end);
    return new Gap(home, next, end);
  }
}
