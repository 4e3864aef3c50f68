package dev.relevo.launcher;

import dev.relevo.common.kafka.KafkaClients;
import dev.relevo.common.kafka.KafkaClients.FetchWait;
import dev.relevo.common.kafka.KafkaClients.Start;
import dev.relevo.common.kafka.KafkaProblem;
import dev.relevo.common.protocol.TopicNames;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;

/**
 * Reads the dead letters that stand there when it is made (protocol section 4). Whether a letter
 * still counts is only known at the end of its partition, so a partition is read twice: for an
 * index of its keys, and again for the letters. That is done a stretch of {@link #STRETCH} offsets
 * at a time, the rest of the partition only for what it takes out. So no more than the index of one
 * stretch is in memory, 48 MiB while it grows, and one fetch, however many letters there are.
 */
final class DeadReader implements AutoCloseable {
  static final int STRETCH = 1 << 20;

  private static final Duration CALL_BOUND = Duration.ofSeconds(10);
  private static final Duration POLL = Duration.ofMillis(500);
  private static final int MOST_EMPTY_POLLS = 60;

  private final KafkaClients clients;
  private final String topic;
  private final int stretch;
  private final Consumer<String, byte[]> consumer;
  private final Map<TopicPartition, Long> ends;

  DeadReader(KafkaClients clients, TopicNames topics) {
    this(clients, topics, STRETCH);
  }

  /**
   * @param stretch offsets at a time
   * @throws KafkaProblem when Kafka does not answer, or there is no such topic
   */
  DeadReader(KafkaClients clients, TopicNames topics, int stretch) {
    this.clients = clients;
    this.topic = topics.dead();
    this.stretch = stretch;
    this.consumer =
        clients.assignedConsumer("relevo-tool-dead", FetchWait.CHANGING, Start.EARLIEST);
    this.ends = ends();
  }

  /**
   * Goes through the letters that count and match, partition by partition, oldest first.
   *
   * @param visitor says whether to go on
   * @return false when the visitor did not want to go on
   */
  boolean scan(DeadFilter filter, Predicate<DeadRecord> visitor) {
    return scanMany(filter, letters -> letters.stream().allMatch(visitor));
  }

  /**
   * The same, with as many letters at a time as one poll brought.
   *
   * @param visitor says whether to go on
   */
  boolean scanMany(DeadFilter filter, Predicate<List<DeadRecord>> visitor) {
    try {
      for (Map.Entry<TopicPartition, Long> partition : ends.entrySet()) {
        if (!scan(partition.getKey(), partition.getValue(), filter, visitor)) {
          return false;
        }
      }
      return true;
    } catch (KafkaException e) {
      throw clients.problem(e, "reading the dead letters");
    }
  }

  @Override
  public void close() {
    // Without a goodbye: it would wait for the fetch under way.
    consumer.close(CloseOptions.timeout(Duration.ZERO));
  }

  private boolean scan(
      TopicPartition partition, long end, DeadFilter filter, Predicate<List<DeadRecord>> visitor) {
    consumer.assign(List.of(partition));
    long begin =
        consumer.beginningOffsets(List.of(partition), CALL_BOUND).getOrDefault(partition, 0L);
    for (long from = begin; from < end; from += stretch) {
      long to = Math.min(end, from + stretch);
      DeadIndex index = index(partition, from, to, end);
      boolean goesOn =
          read(
              partition,
              from,
              to,
              records -> {
                List<DeadRecord> letters =
                    records.stream()
                        .filter(record -> record.value() != null)
                        .filter(record -> index.counts(key(record), record.offset()))
                        .map(DeadRecord::of)
                        .filter(filter::matches)
                        .toList();
                return letters.isEmpty() || visitor.test(letters);
              });
      if (!goesOn) {
        return false;
      }
    }
    return true;
  }

  private DeadIndex index(TopicPartition partition, long from, long to, long end) {
    DeadIndex index = new DeadIndex(stretch);
    read(
        partition,
        from,
        end,
        records -> {
          for (ConsumerRecord<String, byte[]> record : records) {
            if (record.value() != null && record.offset() < to) {
              index.letter(key(record), record.offset());
            } else {
              index.gone(key(record));
            }
          }
          return true;
        });
    return index;
  }

  private boolean read(
      TopicPartition partition,
      long from,
      long to,
      Predicate<List<ConsumerRecord<String, byte[]>>> taker) {
    consumer.seek(partition, from);
    int emptyPolls = 0;
    while (consumer.position(partition, CALL_BOUND) < to) {
      ConsumerRecords<String, byte[]> records = consumer.poll(POLL);
      emptyPolls = records.isEmpty() ? emptyPolls + 1 : 0;
      if (emptyPolls > MOST_EMPTY_POLLS) {
        throw new TimeoutException("nothing came from " + partition + " before offset " + to);
      }
      List<ConsumerRecord<String, byte[]>> before =
          records.records(partition).stream().filter(record -> record.offset() < to).toList();
      if (!taker.test(before)) {
        return false;
      }
    }
    return true;
  }

  private static String key(ConsumerRecord<String, byte[]> record) {
    return String.valueOf(record.key());
  }

  private Map<TopicPartition, Long> ends() {
    try {
      if (TopicEnd.of(consumer, new TopicPartition(topic, 0)).isEmpty()) {
        throw missing();
      }
      List<TopicPartition> partitions =
          consumer.partitionsFor(topic, CALL_BOUND).stream()
              .map(info -> new TopicPartition(topic, info.partition()))
              .toList();
      Map<TopicPartition, Long> inOrder =
          new TreeMap<>((a, b) -> Integer.compare(a.partition(), b.partition()));
      inOrder.putAll(consumer.endOffsets(partitions, CALL_BOUND));
      return inOrder;
    } catch (KafkaProblem e) {
      close();
      throw e;
    } catch (KafkaException e) {
      close();
      throw clients.problem(e, "looking for the topic " + topic);
    }
  }

  private KafkaProblem missing() {
    return new KafkaProblem(
        KafkaProblem.Kind.NO_TOPIC,
        "Kafka at %s has no topic %s, so Relevo never ran there: start it with ./relevo up, or create the topics with ./relevo topics create."
            .formatted(clients.access().bootstrapServers(), topic),
        null);
  }
}
