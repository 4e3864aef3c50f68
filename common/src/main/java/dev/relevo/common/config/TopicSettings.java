package dev.relevo.common.config;

import java.util.List;
import java.util.regex.Pattern;

/**
 * Names and sizes of the topics (protocol section 1).
 *
 * @param prefix what the names of all topics begin with; default relevo. Installations with
 *     different prefixes share a Kafka and never meet.
 * @param jobsPartitions partitions of {@code jobs}, {@code jobs.batch}, {@code events}, {@code
 *     state} and {@code dead}: the most dispatchers that can share the work; default 8. 1 leaves
 *     every other dispatcher idle; hundreds make a take-over slow. Cannot be lowered later.
 * @param slots partitions of {@code assignments}; each is the slot of a node; default 64. More
 *     nodes than slots are correct, but read each other's assignments; thousands cost the broker
 *     files and memory.
 * @param inboxPartitions partitions of a client's inbox; default 4. 1 puts all streams of a process
 *     behind one another; hundreds cost the broker more than they bring.
 * @param replicationFactor copies of each topic; 3 also means {@code min.insync.replicas=2};
 *     default 1. 1 loses jobs with the disk of a broker; more than there are brokers cannot be
 *     created.
 */
public record TopicSettings(
    String prefix, int jobsPartitions, int slots, int inboxPartitions, int replicationFactor) {

  static final Entry.Setting<String> PREFIX =
      new Entry.Setting<>(
          "prefix",
          Kinds.text(
              "a name of up to 100 letters, digits, dots, dashes and underscores",
              Pattern.compile("[A-Za-z0-9._-]{1,100}")),
          "relevo",
          "What the names of all topics begin with",
          "Installations with different prefixes share a Kafka and never meet");

  static final Entry.Setting<Integer> JOBS_PARTITIONS =
      new Entry.Setting<>(
          "jobs-partitions",
          Kinds.wholeNumber(1, 10_000),
          8,
          "Partitions of `jobs`, `jobs.batch`, `events`, `state`, `dead` and `batches`: the most "
              + "dispatchers that can share the work",
          "1 leaves every other dispatcher idle; hundreds make a take-over slow. Cannot"
              + " be lowered later");

  static final Entry.Setting<Integer> SLOTS =
      new Entry.Setting<>(
          "slots",
          Kinds.wholeNumber(1, 10_000),
          64,
          "Partitions of `assignments`; each is the slot of a node",
          "More nodes than slots are correct, but read each other's assignments; "
              + "thousands cost the broker files and memory");

  static final Entry.Setting<Integer> INBOX_PARTITIONS =
      new Entry.Setting<>(
          "inbox-partitions",
          Kinds.wholeNumber(1, 1000),
          4,
          "Partitions of a client's inbox",
          "1 puts all streams of a process behind one another; hundreds cost the broker"
              + " more than they bring");

  static final Entry.Setting<Integer> REPLICATION_FACTOR =
      new Entry.Setting<>(
          "replication-factor",
          Kinds.wholeNumber(1, 9),
          1,
          "Copies of each topic; 3 also means `min.insync.replicas=2`",
          "1 loses jobs with the disk of a broker; more than there are brokers cannot "
              + "be created");

  static final Entry.Section<TopicSettings> SECTION =
      new Entry.Section<>(
          "topics",
          List.of(PREFIX, JOBS_PARTITIONS, SLOTS, INBOX_PARTITIONS, REPLICATION_FACTOR),
          TopicSettings::of);

  public TopicSettings {
    new Rules("topics")
        .check(PREFIX, prefix)
        .check(JOBS_PARTITIONS, jobsPartitions)
        .check(SLOTS, slots)
        .check(INBOX_PARTITIONS, inboxPartitions)
        .check(REPLICATION_FACTOR, replicationFactor)
        .verify();
  }

  private static TopicSettings of(Values values) {
    return new TopicSettings(
        values.get(PREFIX),
        values.get(JOBS_PARTITIONS),
        values.get(SLOTS),
        values.get(INBOX_PARTITIONS),
        values.get(REPLICATION_FACTOR));
  }
}
