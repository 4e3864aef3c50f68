package dev.relevo.operator;

import java.util.Arrays;

/**
 * Which records of one partition of state count (protocol section 4): of each key the last, unless
 * it stands behind a record of a higher epoch, which makes it void. Holds 64 bits of each key, an
 * offset and an epoch, so 24 bytes a place, at most half of the places taken; that two of a million
 * jobs meet in all 64 bits has a chance of one in thirty million.
 *
 * <p>One that follows a topic for long is made {@link #forgetful}: jobs that are forgotten in state
 * leave it after a while, and when it is full all the same, those that changed longest ago.
 */
final class StateIndex {
  private static final long UNKNOWN = Long.MIN_VALUE;
  private static final int LEAST_PLACES = 1 << 10;

  /**
   * So long after a tombstone a writer of an earlier epoch may still write of the job, offsets:
   * much more than one can have under way when it is told that it is none any more.
   */
  private static final long LATE_OFFSETS = 1 << 16;

  private final int mostKeys;
  private final boolean forgetful;
  private long[] hashes = new long[LEAST_PLACES];
  private long[] offsets = new long[LEAST_PLACES];
  private long[] epochs = new long[LEAST_PLACES];
  private int size;
  private long newestEpoch = -1;
  private long newestOffset;

  /**
   * One that knows all jobs of the partition.
   *
   * @param mostKeys how many those may be
   */
  StateIndex(int mostKeys) {
    this(mostKeys, false);
  }

  private StateIndex(int mostKeys, boolean forgetful) {
    this.mostKeys = mostKeys;
    this.forgetful = forgetful;
    Arrays.fill(offsets, UNKNOWN);
  }

  /**
   * One that may follow the partition for ever.
   *
   * @param mostKeys how many jobs it may know, 2 or more
   */
  static StateIndex forgetful(int mostKeys) {
    return new StateIndex(mostKeys, true);
  }

  /**
   * A record stands here.
   *
   * @return whether it says where a job is, as far as the partition was read; else it is void, or
   *     about no job
   * @throws IllegalStateException when there are too many jobs
   */
  boolean read(StateEntry entry, long offset) {
    newestOffset = offset;
    return switch (entry.kind()) {
      case OPENED -> {
        newestEpoch = Math.max(newestEpoch, offset);
        yield false;
      }
      case JOB -> read(entry.id(), entry.epoch(), offset);
      case TOMBSTONE -> read(entry.id(), entry.epoch(), forgotten(offset));
      case UNREADABLE -> false;
    };
  }

  private boolean read(String key, long epoch, long offset) {
    long hash = KeyHash.of(key);
    int place = place(hash);
    boolean known = offsets[place] != UNKNOWN;
    // The valid record may have been compacted away: then the void one is all there is to go by.
    if (known && epoch < newestEpoch && (epochs[place] > epoch || !isForgotten(offsets[place]))) {
      return false;
    }
    if (!known && size >= mostKeys) {
      makeRoom();
      place = place(hash);
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

  /** Where the record stands that counts of a job; -1 when none is known. */
  long offset(String key) {
    return Math.max(-1, offsets[place(KeyHash.of(key))]);
  }

  /** How many jobs it knows, those that are forgotten in state included. */
  int size() {
    return size;
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

  /** Below zero, and tells where the tombstone stands. */
  private static long forgotten(long offset) {
    return ~offset;
  }

  private static boolean isForgotten(long offset) {
    return offset < 0 && offset != UNKNOWN;
  }

  private void grow() {
    long left = forgetful ? Arrays.stream(offsets).filter(this::isOfUse).count() : size;
    // An eighth of the places is won at least, so that this is not done again at once.
    rebuild(left > hashes.length / 8 * 3L ? hashes.length * 2 : hashes.length, 0);
  }

  /** Half of the jobs give way. */
  private void makeRoom() {
    if (!forgetful) {
      throw new IllegalStateException("the index knows " + mostKeys + " jobs and no more");
    }
    long[] changed = Arrays.stream(offsets).filter(this::isOfUse).map(StateIndex::where).toArray();
    Arrays.sort(changed);
    rebuild(hashes.length, changed.length < mostKeys / 2 ? 0 : changed[changed.length / 2]);
  }

  private boolean isOfUse(long offset) {
    return offset != UNKNOWN
        && (!forgetful || !isForgotten(offset) || newestOffset - where(offset) < LATE_OFFSETS);
  }

  private static long where(long offset) {
    return offset < 0 ? ~offset : offset;
  }

  private void rebuild(int places, long fromOffset) {
    long[] oldHashes = hashes;
    long[] oldOffsets = offsets;
    long[] oldEpochs = epochs;
    hashes = new long[places];
    offsets = new long[places];
    epochs = new long[places];
    size = 0;
    Arrays.fill(offsets, UNKNOWN);
    for (int i = 0; i < oldHashes.length; i++) {
      if (isOfUse(oldOffsets[i]) && where(oldOffsets[i]) >= fromOffset) {
        int place = place(oldHashes[i]);
        hashes[place] = oldHashes[i];
        offsets[place] = oldOffsets[i];
        epochs[place] = oldEpochs[i];
        size++;
      }
    }
  }
}
