package dev.relevo.operator;

import java.util.Arrays;

/**
 * Which records of one partition of state count (protocol section 4): of each key the last, unless
 * it stands behind a record of a higher epoch, which makes it void. Holds 64 bits of each key, an
 * offset and an epoch, so 24 bytes a place, at most half of the places taken; that two of a million
 * jobs meet in all 64 bits has a chance of one in thirty million.
 */
final class StateIndex {
  private static final long UNKNOWN = Long.MIN_VALUE;
  private static final long FORGOTTEN = -1;
  private static final int LEAST_PLACES = 1 << 10;

  private final int mostKeys;
  private long[] hashes = new long[LEAST_PLACES];
  private long[] offsets = new long[LEAST_PLACES];
  private long[] epochs = new long[LEAST_PLACES];
  private int size;
  private long newestEpoch = -1;

  /**
   * @param mostKeys how many jobs it may know
   */
  StateIndex(int mostKeys) {
    this.mostKeys = mostKeys;
    Arrays.fill(offsets, UNKNOWN);
  }

  /**
   * A record stands here.
   *
   * @return whether it says where a job is, as far as the partition was read; else it is void, or
   *     about no job
   * @throws IllegalStateException when there are too many jobs
   */
  boolean read(StateEntry entry, long offset) {
    return switch (entry.kind()) {
      case OPENED -> {
        newestEpoch = Math.max(newestEpoch, offset);
        yield false;
      }
      case JOB -> read(entry.id(), entry.epoch(), offset);
      case TOMBSTONE -> read(entry.id(), entry.epoch(), FORGOTTEN);
      case UNREADABLE -> false;
    };
  }

  private boolean read(String key, long epoch, long offset) {
    long hash = KeyHash.of(key);
    int place = place(hash);
    boolean known = offsets[place] != UNKNOWN;
    // The valid record may have been compacted away: then the void one is all there is to go by.
    if (known && epoch < newestEpoch && (epochs[place] > epoch || offsets[place] != FORGOTTEN)) {
      return false;
    }
    if (!known && size >= mostKeys) {
      throw new IllegalStateException("the index knows " + mostKeys + " jobs and no more");
    }
    size += known ? 0 : 1;
    hashes[place] = hash;
    epochs[place] = epoch;
    offsets[place] = offset;
    if (size > hashes.length / 2) {
      grow();
    }
    return true;
  }

  /** Whether the record at this offset is what counts of its job. */
  boolean counts(String key, long offset) {
    return offsets[place(KeyHash.of(key))] == offset;
  }

  private int place(long hash) {
    int mask = hashes.length - 1;
    int place = (int) hash & mask;
    while (offsets[place] != UNKNOWN && hashes[place] != hash) {
      place = (place + 1) & mask;
    }
    return place;
  }

  private void grow() {
    long[] oldHashes = hashes;
    long[] oldOffsets = offsets;
    long[] oldEpochs = epochs;
    hashes = new long[oldHashes.length * 2];
    offsets = new long[hashes.length];
    epochs = new long[hashes.length];
    Arrays.fill(offsets, UNKNOWN);
    for (int i = 0; i < oldHashes.length; i++) {
      if (oldOffsets[i] != UNKNOWN) {
        int place = place(oldHashes[i]);
        hashes[place] = oldHashes[i];
        offsets[place] = oldOffsets[i];
        epochs[place] = oldEpochs[i];
      }
    }
  }
}
