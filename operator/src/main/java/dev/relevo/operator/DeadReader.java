package dev.relevo.operator;

import dev.relevo.common.kafka.KafkaClients;
import dev.relevo.common.kafka.KafkaProblem;
import dev.relevo.common.protocol.TopicNames;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;

/**
 * Reads the dead letters that stand there when it is made (protocol section 4). Whether a letter
 * still counts is only known at the end of its partition, so a partition is read for an index of
 * its keys, and letters that match are held back meanwhile; those for which there was no room are
 * read again. That is done a stretch of {@link #STRETCH} offsets at a time, the rest of the
 * partition only for what it takes out. So no more than the index of one stretch is in memory, 48
 * MiB while it grows, what is held, {@link #MOST_HELD_BYTES}, and two fetches, however many letters
 * there are.
 */
public final class DeadReader implements AutoCloseable {
  static final int STRETCH = 1 << 20;

  static final int MOST_HELD_BYTES = 32 << 20;

  private final KafkaClients clients;
  private final int stretch;
  private final int mostHeldBytes;
  private final BooleanSupplier unwanted;
  private final TopicScan topic;

  /**
   * Looks where the letters end now; what comes later is not met.
   *
   * @throws KafkaProblem when Kafka does not answer, or there is no such topic
   */
  public DeadReader(KafkaClients clients, TopicNames topics) {
    this(clients, topics, () -> false);
  }

  /**
   * The same for somebody who may lose interest, also while nothing matches.
   *
   * @param unwanted whether he has; asked for after each fetch. Reading then ends as if the visitor
   *     did not want to go on
   * @throws KafkaProblem when Kafka does not answer, or there is no such topic
   */
  public DeadReader(KafkaClients clients, TopicNames topics, BooleanSupplier unwanted) {
    this(clients, topics, STRETCH, MOST_HELD_BYTES, unwanted);
  }

  /**
   * @param stretch offsets at a time
   * @param mostHeldBytes of letters that are held back
   * @param unwanted whether to end early
   * @throws KafkaProblem when Kafka does not answer, or there is no such topic
   */
  DeadReader(
      KafkaClients clients,
      TopicNames topics,
      int stretch,
      int mostHeldBytes,
      BooleanSupplier unwanted) {
    this.clients = clients;
    this.stretch = stretch;
    this.mostHeldBytes = mostHeldBytes;
    this.unwanted = unwanted;
    this.topic = new TopicScan(clients, topics.dead(), "relevo-tool-dead");
  }

  /**
   * Goes through the letters that count and match, partition by partition, oldest first.
   *
   * @param visitor says whether to go on
   * @return false when the visitor did not want to go on
   */
  public boolean scan(DeadFilter filter, Predicate<DeadRecord> visitor) {
    return scan(filter, DeadPosition.BEGIN, visitor);
  }

  /** The same from a letter on: what takes a letter out always stands behind it. */
  public boolean scan(DeadFilter filter, DeadPosition from, Predicate<DeadRecord> visitor) {
    return scanMany(filter, from, letters -> letters.stream().allMatch(visitor));
  }

  /**
   * The same, with as many letters at a time as one poll brought.
   *
   * @param visitor says whether to go on
   */
  public boolean scanMany(DeadFilter filter, Predicate<List<DeadRecord>> visitor) {
    return scanMany(filter, DeadPosition.BEGIN, visitor);
  }

  private boolean scanMany(
      DeadFilter filter, DeadPosition from, Predicate<List<DeadRecord>> visitor) {
    try {
      for (Map.Entry<TopicPartition, Long> partition : topic.ends().entrySet()) {
        int number = partition.getKey().partition();
        if (number < from.partition()) {
          continue;
        }
        long least = number == from.partition() ? from.offset() : 0;
        if (!scan(partition.getKey(), least, partition.getValue(), filter, visitor)) {
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
    topic.close();
  }

  private boolean scan(
      TopicPartition partition,
      long least,
      long end,
      DeadFilter filter,
      Predicate<List<DeadRecord>> visitor) {
    long begin = Math.max(least, topic.turnTo(partition));
    for (long from = begin; from < end; from += stretch) {
      long to = Math.min(end, from + stretch);
      DeadIndex index = new DeadIndex(stretch);
      HeldLetters held = new HeldLetters(filter, mostHeldBytes);
      if (!index(partition, from, to, end, index, held)) {
        return false;
      }
      List<DeadRecord> letters = held.counting(index);
      boolean goesOn =
          (letters.isEmpty() || visitor.test(letters))
              && readRest(partition, held.endOr(to), to, index, filter, visitor);
      if (!goesOn) {
        return false;
      }
    }
    return true;
  }

  private boolean index(
      TopicPartition partition, long from, long to, long end, DeadIndex index, HeldLetters held) {
    return topic.readMany(
        partition,
        from,
        end,
        records -> {
          for (ConsumerRecord<String, byte[]> record : records) {
            if (record.value() != null && record.offset() < to) {
              index.letter(key(record), record.offset());
              held.add(record);
            } else {
              index.gone(key(record));
            }
          }
          return !unwanted.getAsBoolean();
        });
  }

  private boolean readRest(
      TopicPartition partition,
      long from,
      long to,
      DeadIndex index,
      DeadFilter filter,
      Predicate<List<DeadRecord>> visitor) {
    return from >= to
        || topic.readMany(
            partition,
            from,
            to,
            records -> {
              List<DeadRecord> letters = matching(records, index, filter);
              return (letters.isEmpty() || visitor.test(letters)) && !unwanted.getAsBoolean();
            });
  }

  private static List<DeadRecord> matching(
      List<ConsumerRecord<String, byte[]>> records, DeadIndex index, DeadFilter filter) {
    return records.stream()
        .filter(record -> record.value() != null)
        .filter(record -> index.counts(key(record), record.offset()))
        .map(DeadRecord::of)
        .filter(filter::matches)
        .toList();
  }

  private static String key(ConsumerRecord<String, byte[]> record) {
    return String.valueOf(record.key());
  }
}
