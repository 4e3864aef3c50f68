package dev.relevo.dispatcher.core;

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

  private final int maxJobs;
  private final long maxBytes;
  private int jobs;
  private long bytes;
  private boolean full;

  Window(int maxJobs, long maxBytes) {
    this.maxJobs = maxJobs;
    this.maxBytes = maxBytes;
  }

  void enter(JobRecord record) {
    jobs++;
    bytes += record.size();
    full |= jobs >= maxJobs || bytes >= maxBytes;
  }

  void leave(JobRecord record) {
    jobs--;
    bytes -= record.size();
    full &= jobs > maxJobs * RESUME_BELOW || bytes > maxBytes * RESUME_BELOW;
  }

  /** Whether a body of about this size fits besides others that are on their way here. */
  boolean hasRoomFor(long size, int others, long othersBytes) {
    return jobs + others < maxJobs && bytes + othersBytes + size <= maxBytes;
  }

  /** Whether it holds more than it should, which one body that had to be read again may cause. */
  boolean isOver() {
    return jobs > maxJobs || bytes > maxBytes;
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
