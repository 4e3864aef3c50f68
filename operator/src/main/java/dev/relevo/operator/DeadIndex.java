package dev.relevo.operator;

import java.util.Arrays;

/**
 * Which letters of a stretch of one partition still count: a tombstone takes a letter out, and a
 * later one under the same key supersedes it. Holds 64 bits of each key and an offset, so 16 bytes
 * a place, at most half of the places taken; that two of a million letters meet in all 64 bits has
 * a chance of one in thirty million.
 */
final class DeadIndex {
  private static final long GONE = -1;
  private static final int LEAST_PLACES = 1 << 10;

  private final int mostKeys;
  private long[] hashes = new long[LEAST_PLACES];
  private long[] offsets = new long[LEAST_PLACES];
  private int size;

  /**
   * @param mostKeys how many keys it may know
   */
  DeadIndex(int mostKeys) {
    this.mostKeys = mostKeys;
    Arrays.fill(offsets, Long.MIN_VALUE);
  }

  /**
   * A letter stands here.
   *
   * @throws IllegalStateException when it is full and does not know the key
   */
  void letter(String key, long offset) {
    long hash = KeyHash.of(key);
    int place = place(hash);
    if (offsets[place] == Long.MIN_VALUE) {
      if (size >= mostKeys) {
        throw new IllegalStateException("the index knows " + mostKeys + " letters and no more");
      }
      size++;
    }
    hashes[place] = hash;
    offsets[place] = offset;
    if (size > hashes.length / 2) {
      grow();
    }
  }

  /** An earlier letter of this key, if one is known, counts no longer. */
  void gone(String key) {
    int place = place(KeyHash.of(key));
    if (offsets[place] != Long.MIN_VALUE) {
      offsets[place] = GONE;
    }
  }

  /** Whether the letter at this offset counts. */
  boolean counts(String key, long offset) {
    return offsets[place(KeyHash.of(key))] == offset;
  }

  private int place(long hash) {
    int mask = hashes.length - 1;
    int place = (int) hash & mask;
    while (offsets[place] != Long.MIN_VALUE && hashes[place] != hash) {
      place = (place + 1) & mask;
    }
    return place;
  }

  private void grow() {
    long[] oldHashes = hashes;
    long[] oldOffsets = offsets;
    hashes = new long[oldHashes.length * 2];
    offsets = new long[hashes.length];
    Arrays.fill(offsets, Long.MIN_VALUE);
    for (int i = 0; i < oldHashes.length; i++) {
      if (oldOffsets[i] != Long.MIN_VALUE) {
        int place = place(oldHashes[i]);
        hashes[place] = oldHashes[i];
        offsets[place] = oldOffsets[i];
      }
    }
  }
}
