package dev.relevo.operator;

import dev.relevo.common.kafka.KafkaClients;
import dev.relevo.common.protocol.MalformedRecordException;
import dev.relevo.common.protocol.TopicNames;
import java.time.Duration;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads what dispatchers have written down of jobs. Which record of a job counts is only known at
 * the end of its partition, so a partition is read twice: for an index, and again for the jobs. No
 * more than the index of one partition is in memory, 48 bytes a job, and one fetch.
 */
public final class StateTopic implements AutoCloseable {
  /** Far more than a home remembers and parks at most. */
  static final int MOST_JOBS = 1 << 22;

  private static final Logger LOG = LoggerFactory.getLogger(StateTopic.class);
  private static final Duration POLL = Duration.ofMillis(100);

  private final KafkaClients clients;
  private final TopicScan topic;

  /**
   * Looks where state ends now.
   *
   * @throws dev.relevo.common.kafka.KafkaProblem when Kafka does not answer, or there is no such
   *     topic
   */
  public StateTopic(KafkaClients clients, TopicNames topics) {
    this.clients = clients;
    this.topic = new TopicScan(clients, topics.state(), "relevo-tool-state");
  }

  /** How many homes there are. */
  public int homes() {
    return topic.ends().size();
  }

  /**
   * Goes through all jobs, home by home.
   *
   * @param visitor says whether to go on
   */
  public void scan(Predicate<KnownJob> visitor) {
    try {
      for (Map.Entry<TopicPartition, Long> home : topic.ends().entrySet()) {
        if (!scan(home.getKey(), home.getValue(), visitor)) {
          return;
        }
      }
    } catch (KafkaException e) {
      throw clients.problem(e, "reading the state of jobs");
    }
  }

  private boolean scan(TopicPartition home, long end, Predicate<KnownJob> visitor) {
    long begin = topic.turnTo(home);
    StateIndex index = new StateIndex(MOST_JOBS);
    topic.read(
        home,
        begin,
        end,
        record -> {
          index.read(StateEntry.of(record), record.offset());
          return true;
        });
    return topic.read(
        home,
        begin,
        end,
        record -> {
          boolean counts =
              record.value() != null
                  && record.key() != null
                  && index.counts(record.key(), record.offset());
          return !counts || visit(record, visitor);
        });
  }

  private static boolean visit(ConsumerRecord<String, byte[]> record, Predicate<KnownJob> visitor) {
    KnownJob job;
    try {
      job = StateEntry.job(record);
    } catch (MalformedRecordException e) {
      unreadable(record);
      return true;
    }
    return visitor.test(job);
  }

  private static void unreadable(ConsumerRecord<String, byte[]> record) {
    LOG.debug("Record {} of {} is no job's", record.offset(), record.topic());
  }

  /** Reads what stands there of a few jobs. */
  public void read(StateFold fold) {
    try {
      topic
          .ends()
          .forEach((home, end) ->
              topic.read(
                  home,
                  topic.turnTo(home),
                  end,
                  record -> {
                    fold.take(record);
                    return true;
                  }));
    } catch (KafkaException e) {
      throw clients.problem(e, "reading the state of jobs");
    }
  }

  /**
   * Reads on, after {@link #read}, what is written from then on.
   *
   * @param enough asked after each step
   */
  public void follow(StateFold fold, BooleanSupplier enough, Duration atMost) {
    try {
      topic.followFromEnds();
      long beganNanos = System.nanoTime();
      while (!enough.getAsBoolean() && System.nanoTime() - beganNanos < atMost.toNanos()) {
        topic.next(POLL).forEach(fold::take);
      }
    } catch (KafkaException e) {
      throw clients.problem(e, "reading the state of jobs");
    }
  }

  @Override
  public void close() {
    topic.close();
  }
}
