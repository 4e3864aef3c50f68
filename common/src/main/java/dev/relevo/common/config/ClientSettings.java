package dev.relevo.common.config;

import java.time.Duration;
import java.util.List;

/**
 * Producers: the client library and the tools.
 *
 * @param replyMode where answers go: {@code topic-per-request}, or {@code inbox} for a process with
 *     many streams at once; default topic-per-request. {@code topic-per-request} slows down beyond
 *     about 64 open streams.
 * @param readyTopics reply topics made ahead, so that a job does not wait for its topic; default
 *     32. 1 makes nearly every job wait 30 ms and more; hundreds cost the broker memory for
 *     nothing.
 * @param replyTopicRetention how long Kafka keeps the records of a reply topic: at least the
 *     longest deadline and an hour; default 25h. Short loses the beginning of an answer that a
 *     later attempt has to read back.
 * @param chunkBuffer pieces of one answer that wait for a slow reader before reading from Kafka
 *     pauses; default 1,024. 1 fetches again and again; large ones cost memory for each open job.
 */
public record ClientSettings(
    ReplyMode replyMode, int readyTopics, Duration replyTopicRetention, int chunkBuffer) {

  static final Entry.Setting<ReplyMode> REPLY_MODE =
      new Entry.Setting<>(
          "reply-mode",
          Kinds.choice(ReplyMode.class),
          ReplyMode.TOPIC_PER_REQUEST,
          "Where answers go: `topic-per-request`, or `inbox` for a process with many "
              + "streams at once",
          "`topic-per-request` slows down beyond about 64 open streams");

  static final Entry.Setting<Integer> READY_TOPICS =
      new Entry.Setting<>(
          "ready-topics",
          Kinds.wholeNumber(1, 1000),
          32,
          "Reply topics made ahead, so that a job does not wait for its topic",
          "1 makes nearly every job wait 30 ms and more; hundreds cost the broker "
              + "memory for nothing");

  static final Entry.Setting<Duration> REPLY_TOPIC_RETENTION =
      new Entry.Setting<>(
          "reply-topic-retention",
          Kinds.duration("1h", "30d"),
          Duration.ofHours(25),
          "How long Kafka keeps the records of a reply topic: at least the longest "
              + "deadline and an hour",
          "Short loses the beginning of an answer that a later attempt has to read back");

  static final Entry.Setting<Integer> CHUNK_BUFFER =
      new Entry.Setting<>(
          "chunk-buffer",
          Kinds.wholeNumber(1, 1_000_000),
          1024,
          "Pieces of one answer that wait for a slow reader before reading from Kafka " + "pauses",
          "1 fetches again and again; large ones cost memory for each open job");

  static final Entry.Section<ClientSettings> SECTION =
      new Entry.Section<>(
          "client",
          List.of(REPLY_MODE, READY_TOPICS, REPLY_TOPIC_RETENTION, CHUNK_BUFFER),
          ClientSettings::of);

  public ClientSettings {
    new Rules("client")
        .check(REPLY_MODE, replyMode)
        .check(READY_TOPICS, readyTopics)
        .check(REPLY_TOPIC_RETENTION, replyTopicRetention)
        .check(CHUNK_BUFFER, chunkBuffer)
        .verify();
  }

  private static ClientSettings of(Values values) {
    return new ClientSettings(
        values.get(REPLY_MODE),
        values.get(READY_TOPICS),
        values.get(REPLY_TOPIC_RETENTION),
        values.get(CHUNK_BUFFER));
  }
}
