package dev.relevo.operator;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Which ids stand where in one partition of a lane, of what dispatchers have not done with: of each
 * id the first, as what stands behind it is refused. Holds 64 bits of an id and an offset, of the
 * newest {@value #MOST_RECORDS} at most: under 1 MB.
 */
final class WaitingIndex {
  /** Records that it knows, the newest. */
  static final int MOST_RECORDS = 10_000;

  /** By offset, as that is the order in which they are put in. */
  private final Map<Long, Long> offsets = new LinkedHashMap<>();

  private long readTo;

  /**
   * Forgets what is done with, and tells where to read on.
   *
   * @param done the first offset that dispatchers have not done with and that is there
   * @param end the offset behind the last record
   */
  long readOn(long done, long end) {
    if (end < readTo) {
      // It is another topic of that name.
      offsets.clear();
      readTo = 0;
    }
    Iterator<Long> eldest = offsets.values().iterator();
    while (eldest.hasNext() && eldest.next() < done) {
      eldest.remove();
    }
    readTo = Math.max(readTo, Math.max(done, end - MOST_RECORDS));
    return readTo;
  }

  /**
   * The next record.
   *
   * @param id null for a record that is no job's
   */
  void take(@Nullable String id, long offset) {
    readTo = offset + 1;
    if (id != null) {
      offsets.putIfAbsent(KeyHash.of(id), offset);
    }
    if (offsets.size() > MOST_RECORDS) {
      Iterator<Long> eldest = offsets.values().iterator();
      eldest.next();
      eldest.remove();
    }
  }

  /** Where the record of an id may stand; -1 for nowhere. */
  long find(String id) {
    return offsets.getOrDefault(KeyHash.of(id), -1L);
  }
}
