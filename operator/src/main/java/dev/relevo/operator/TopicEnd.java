package dev.relevo.operator;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;

/** Where a topic ends, if there is such a topic. */
public final class TopicEnd {
  /** A broker may learn of a topic a moment after it was made; asking once proves nothing. */
  private static final Duration PATIENCE = Duration.ofSeconds(2);

  private static final Duration CALL_BOUND = Duration.ofSeconds(10);

  private TopicEnd() {}

  /**
   * The offset of a partition's next record; empty when its topic is not there.
   *
   * @throws TimeoutException when Kafka does not answer
   */
  public static Optional<Long> of(Consumer<String, byte[]> consumer, TopicPartition partition) {
    try {
      return Optional.of(end(consumer, partition, PATIENCE));
    } catch (TimeoutException e) {
      boolean missing = consumer.partitionsFor(partition.topic(), CALL_BOUND).isEmpty();
      return missing ? Optional.empty() : Optional.of(end(consumer, partition, CALL_BOUND));
    }
  }

  private static long end(
      Consumer<String, byte[]> consumer, TopicPartition partition, Duration bound) {
    Long end = consumer.endOffsets(List.of(partition), bound).get(partition);
    if (end == null) {
      throw new TimeoutException("no end of " + partition);
    }
    return end;
  }
}
