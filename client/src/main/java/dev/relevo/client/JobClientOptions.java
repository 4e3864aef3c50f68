package dev.relevo.client;

import dev.relevo.common.config.ReplyMode;
import dev.relevo.common.kafka.KafkaAccess;
import dev.relevo.common.kafka.TopicLayout;
import dev.relevo.common.kafka.TopicRules;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How a client works; {@link #to} names Kafka, and the builder takes what differs from the
 * defaults.
 *
 * @param kafka where Kafka is, and any client properties
 * @param topics prefix and copies; the client makes only reply topics, by these
 * @param replyMode a topic for each request, or one inbox for the process. Up to about 64 open
 *     answers both are equally quick; with thousands, take the inbox
 * @param clientId names the inbox; made up when absent, and then deleted on close, unless answers
 *     are still to come or were left to others
 * @param inboxPartitions partitions of an inbox that does not exist yet, 1 or more
 * @param readyTopics reply topics made ahead, 1 or more; 1 makes nearly every job wait some 50 ms
 * @param replyRetention how long Kafka keeps an answer: the longest deadline and an hour; longer
 *     deadlines are refused
 * @param keepReplies whether reply topics stay after they were read, and a made-up inbox after the
 *     client was closed, until dispatchers clear them away
 * @param chunkBuffer pieces of one answer kept apart for a slow subscriber, 1 or more; more are
 *     joined, so memory is bounded by the answer's own length
 * @param maxAnswerLength characters of one answer that are kept, 1 or more; a longer one fails with
 *     {@code answer_too_long}
 * @param maxOpenJobs jobs waiting for their end, 1 or more; beyond it a submit fails
 * @param maxFollowed answers followed at a time, 1 or more; beyond it following fails
 * @param startTimeout how long to wait for Kafka at start
 * @param closeTimeout how long closing may take
 */
public record JobClientOptions(
    KafkaAccess kafka,
    TopicLayout topics,
    ReplyMode replyMode,
    @Nullable String clientId,
    int inboxPartitions,
    int readyTopics,
    Duration replyRetention,
    boolean keepReplies,
    int chunkBuffer,
    long maxAnswerLength,
    int maxOpenJobs,
    int maxFollowed,
    Duration startTimeout,
    Duration closeTimeout) {
  private static final int DEFAULT_READY_TOPICS = 32;
  private static final int DEFAULT_CHUNK_BUFFER = 1_024;
  private static final long DEFAULT_MAX_ANSWER_LENGTH = 16L << 20;
  private static final int DEFAULT_MAX_OPEN_JOBS = 10_000;
  private static final int DEFAULT_MAX_FOLLOWED = 10_000;

  public JobClientOptions {
    atLeastOne(inboxPartitions, "inboxPartitions");
    atLeastOne(readyTopics, "readyTopics");
    atLeastOne(chunkBuffer, "chunkBuffer");
    atLeastOne(maxAnswerLength, "maxAnswerLength");
    atLeastOne(maxOpenJobs, "maxOpenJobs");
    atLeastOne(maxFollowed, "maxFollowed");
    if (replyRetention.compareTo(TopicRules.REPLY_MARGIN) <= 0) {
      throw new IllegalArgumentException(
          "replyRetention is " + replyRetention + ", expected more than an hour");
    }
  }

  /** All defaults, to be changed, for Kafka at an address. */
  public static Builder to(String bootstrapServers) {
    return new Builder(bootstrapServers);
  }

  private static void atLeastOne(long value, String field) {
    if (value < 1) {
      throw new IllegalArgumentException(field + " is " + value + ", expected 1 or more");
    }
  }

  /** Collects what differs from the defaults; see the record's components. */
  public static final class Builder {
    private final String bootstrapServers;
    private Map<String, String> properties = Map.of();
    private TopicLayout topics = TopicLayout.defaults();
    private ReplyMode replyMode = ReplyMode.TOPIC_PER_REQUEST;
    private @Nullable String clientId;
    private int inboxPartitions = TopicRules.DEFAULT_INBOX_PARTITIONS;
    private int readyTopics = DEFAULT_READY_TOPICS;
    private Duration replyRetention = Duration.ofHours(25);
    private boolean keepReplies;
    private int chunkBuffer = DEFAULT_CHUNK_BUFFER;
    private long maxAnswerLength = DEFAULT_MAX_ANSWER_LENGTH;
    private int maxOpenJobs = DEFAULT_MAX_OPEN_JOBS;
    private int maxFollowed = DEFAULT_MAX_FOLLOWED;
    private Duration startTimeout = Duration.ofSeconds(10);
    private Duration closeTimeout = Duration.ofSeconds(5);

    private Builder(String bootstrapServers) {
      this.bootstrapServers = bootstrapServers;
    }

    /** Any Kafka client properties, such as {@code security.protocol}. */
    public Builder properties(Map<String, String> properties) {
      this.properties = properties;
      return this;
    }

    /** What the names of all topics begin with; {@code relevo} by default. */
    public Builder prefix(String prefix) {
      this.topics = topics.withPrefix(prefix);
      return this;
    }

    /** Prefix and copies of the reply topics. */
    public Builder topics(TopicLayout topics) {
      this.topics = topics;
      return this;
    }

    /** A topic for each request, or one inbox. */
    public Builder replyMode(ReplyMode replyMode) {
      this.replyMode = replyMode;
      return this;
    }

    /** A lasting name for this process's inbox. */
    public Builder clientId(String clientId) {
      this.clientId = clientId;
      return this;
    }

    /** Partitions of an inbox that does not exist yet. */
    public Builder inboxPartitions(int inboxPartitions) {
      this.inboxPartitions = inboxPartitions;
      return this;
    }

    /** Reply topics made ahead. */
    public Builder readyTopics(int readyTopics) {
      this.readyTopics = readyTopics;
      return this;
    }

    /** How long Kafka keeps an answer; deadlines end an hour earlier. */
    public Builder replyRetention(Duration replyRetention) {
      this.replyRetention = replyRetention;
      return this;
    }

    /** Whether reply topics stay after they were read, and a made-up inbox after closing. */
    public Builder keepReplies(boolean keepReplies) {
      this.keepReplies = keepReplies;
      return this;
    }

    /** Pieces of one answer kept apart for a slow subscriber. */
    public Builder chunkBuffer(int chunkBuffer) {
      this.chunkBuffer = chunkBuffer;
      return this;
    }

    /** Characters of one answer that are kept. */
    public Builder maxAnswerLength(long maxAnswerLength) {
      this.maxAnswerLength = maxAnswerLength;
      return this;
    }

    /** Jobs waiting for their end. */
    public Builder maxOpenJobs(int maxOpenJobs) {
      this.maxOpenJobs = maxOpenJobs;
      return this;
    }

    /** Answers followed at a time. */
    public Builder maxFollowed(int maxFollowed) {
      this.maxFollowed = maxFollowed;
      return this;
    }

    /** How long to wait for Kafka at start. */
    public Builder startTimeout(Duration startTimeout) {
      this.startTimeout = startTimeout;
      return this;
    }

    /** How long closing may take. */
    public Builder closeTimeout(Duration closeTimeout) {
      this.closeTimeout = closeTimeout;
      return this;
    }

    /** The options. */
    public JobClientOptions build() {
      return new JobClientOptions(
          new KafkaAccess(bootstrapServers, properties),
          topics,
          replyMode,
          clientId,
          inboxPartitions,
          readyTopics,
          replyRetention,
          keepReplies,
          chunkBuffer,
          maxAnswerLength,
          maxOpenJobs,
          maxFollowed,
          startTimeout,
          closeTimeout);
    }

    /** A client with these options; see {@link JobClient#JobClient}. */
    public JobClient connect() {
      return new JobClient(build());
    }
  }
}
