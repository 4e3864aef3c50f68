package dev.relevo.operator;

import dev.relevo.common.kafka.KafkaClients;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.InvalidOffsetException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;

/** Reads records by their offsets, a few at once, in a round trip or two each. Thread-safe. */
final class SingleRecords implements AutoCloseable {
  /** How many are read at once. */
  static final int MOST_READERS = 4;

  private static final Duration CALL_BOUND = Duration.ofSeconds(10);

  private final ConsumerPool readers;

  SingleRecords(KafkaClients clients, String client) {
    this.readers =
        new ConsumerPool(
            clients, MOST_READERS, number -> clients.singleConsumer(client + "-" + number));
  }

  /**
   * Reads one.
   *
   * @return empty when it is not there any more
   * @throws dev.relevo.common.kafka.KafkaProblem when Kafka does not answer
   */
  Optional<ConsumerRecord<String, byte[]>> read(TopicPartition partition, long offset) {
    return readers.with(
        "reading record %d of %s".formatted(offset, partition),
        consumer -> read(consumer, partition, offset));
  }

  private static Optional<ConsumerRecord<String, byte[]>> read(
      Consumer<String, byte[]> consumer, TopicPartition partition, long offset) {
    consumer.assign(List.of(partition));
    consumer.seek(partition, offset);
    long beganNanos = System.nanoTime();
    while (System.nanoTime() - beganNanos < CALL_BOUND.toNanos()) {
      ConsumerRecords<String, byte[]> records;
      try {
        records = consumer.poll(CALL_BOUND);
      } catch (InvalidOffsetException e) {
        // Retention has taken it.
        return Optional.empty();
      }
      for (ConsumerRecord<String, byte[]> record : records) {
        // Compaction may have left a later one only.
        return record.offset() == offset ? Optional.of(record) : Optional.empty();
      }
    }
    throw new TimeoutException("nothing came from " + partition + " at offset " + offset);
  }

  @Override
  public void close() {
    readers.close();
  }
}
