package dev.relevo.dispatcher.core;

import dev.relevo.common.protocol.Lane;

/**
 * How many jobs are kept with their bodies; when it is full, the lanes are not read: Kafka is the
 * queue.
 */
final class Window {
  /**
   * Reading goes on when this part is free again, so that it does not stop and start with every
   * job.
   */
  private static final double RESUME_BELOW = 0.8;

  /** Bulk work may wait: it is read while no more than this part is taken. */
  private static final double BATCH_PART = 0.5;

  private static final int FAIR_PART = 4;

  private final int maxJobs;
  private final long maxBytes;
  private int jobs;
  private long bytes;
  private boolean full;
  private boolean fullForBatch;

  Window(int maxJobs, long maxBytes) {
    this.maxJobs = maxJobs;
    this.maxBytes = maxBytes;
  }

  void enter(JobRecord record) {
    jobs++;
    bytes += record.size();
    full |= jobs >= maxJobs || bytes >= maxBytes;
    fullForBatch |= jobs >= maxJobs * BATCH_PART || bytes >= maxBytes * BATCH_PART;
  }

  void leave(JobRecord record) {
    jobs--;
    bytes -= record.size();
    full &= isAbove(RESUME_BELOW);
    fullForBatch &= isAbove(RESUME_BELOW * BATCH_PART);
  }

  /**
   * Whether a body of about this size fits besides others that are on their way here. Bulk work
   * that comes back leaves its lane as much as makes it read on: it is not parked again.
   */
  boolean hasRoomFor(Lane lane, long size, int others, long othersBytes) {
    double part = lane == Lane.BATCH ? RESUME_BELOW * BATCH_PART : 1;
    return jobs + others < maxJobs * part && bytes + othersBytes + size <= maxBytes * part;
  }

  private boolean isAbove(double part) {
    return jobs > maxJobs * part || bytes > maxBytes * part;
  }

  /** Whether no more of a lane is to be read; bulk work leaves half of it to others. */
  boolean isFull(Lane lane) {
    return lane == Lane.BATCH ? fullForBatch : full;
  }

  /**
   * Jobs of one kind that keep their bodies in any case: a quarter of the window is for all of
   * them, so that bulk work is read again when the others are parked.
   */
  int fairJobs(int kinds) {
    return Math.max(1, maxJobs / FAIR_PART / kinds);
  }

  /** The same in bytes. */
  long fairBytes(int kinds) {
    return maxBytes / FAIR_PART / kinds;
  }

  /** Whether a lane is not read any more, for too much waits. */
  boolean isCrowded() {
    return full || fullForBatch;
  }

  boolean isFull() {
    return full;
  }

  int jobs() {
    return jobs;
  }

  long bytes() {
    return bytes;
  }
}
