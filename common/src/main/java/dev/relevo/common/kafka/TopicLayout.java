package dev.relevo.common.kafka;

import dev.relevo.common.protocol.TopicNames;

/**
 * What is configurable about the topics (protocol section 1).
 *
 * @param prefix of every topic's name
 * @param jobsPartitions of both lanes, events, state, dead letters and batches, 1 to {@link
 *     #MAX_PARTITIONS}
 * @param slots partitions of the assignments, 1 to {@link #MAX_PARTITIONS}
 * @param replicationFactor copies of everything, 1 or more; from 3 on two must be in sync
 */
public record TopicLayout(String prefix, int jobsPartitions, int slots, int replicationFactor) {
  public static final int MAX_PARTITIONS = 10_000;
  public static final String DEFAULT_PREFIX = "relevo";
  public static final int DEFAULT_JOBS_PARTITIONS = 8;
  public static final int DEFAULT_SLOTS = 64;

  public TopicLayout {
    range(jobsPartitions, MAX_PARTITIONS, "jobsPartitions");
    range(slots, MAX_PARTITIONS, "slots");
    range(replicationFactor, Short.MAX_VALUE, "replicationFactor");
  }

  /** Eight partitions, 64 slots, one copy. */
  public static TopicLayout defaults() {
    return new TopicLayout(DEFAULT_PREFIX, DEFAULT_JOBS_PARTITIONS, DEFAULT_SLOTS, 1);
  }

  /** The same under another prefix. */
  public TopicLayout withPrefix(String prefix) {
    return new TopicLayout(prefix, jobsPartitions, slots, replicationFactor);
  }

  /** The names of the topics. */
  public TopicNames names() {
    return new TopicNames(prefix);
  }

  private static void range(int value, int most, String field) {
    if (value < 1 || value > most) {
      throw new IllegalArgumentException(field + " is " + value + ", expected 1 to " + most);
    }
  }
}
