package dev.relevo.launcher.storm;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** Reads what stands in Kafka; again and again, each time from where it was. */
final class LogReader implements AutoCloseable {
  private static final Duration POLL = Duration.ofMillis(200);
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  private final KafkaConsumer<byte[], byte[]> consumer;
  private final List<LogEntry> entries = new ArrayList<>();

  LogReader(String bootstrap, Collection<TopicPartition> partitions) {
    consumer =
        new KafkaConsumer<>(
            Map.of("bootstrap.servers", bootstrap),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer());
    consumer.assign(partitions);
    consumer.seekToBeginning(partitions);
  }

  /** All partitions of a topic of the house. */
  static LogReader of(String bootstrap, String topic, int partitions) {
    return new LogReader(
        bootstrap,
        IntStream.range(0, partitions).mapToObj(home -> new TopicPartition(topic, home)).toList());
  }

  /** Reads up to what is the end now, and returns all that was ever read, by partition in order. */
  List<LogEntry> toEnd() {
    Map<TopicPartition, Long> ends = consumer.endOffsets(consumer.assignment());
    Set<TopicPartition> left = new HashSet<>(ends.keySet());
    long untilNanos = System.nanoTime() + PATIENCE.toNanos();
    while (true) {
      left.removeIf(partition -> consumer.position(partition) >= ends.get(partition));
      if (left.isEmpty()) {
        return List.copyOf(entries);
      }
      if (System.nanoTime() > untilNanos) {
        throw new AssertionError(
            "the end of "
                + left
                + " was not reached in "
                + TimeUnit.NANOSECONDS.toSeconds(PATIENCE.toNanos())
                + " s");
      }
      for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
        entries.add(LogEntry.of(record));
      }
    }
  }

  @Override
  public void close() {
    consumer.close();
  }
}
