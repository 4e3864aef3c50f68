package dev.relevo.common.kafka;

import java.time.Duration;
import java.util.OptionalLong;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.WakeupException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Where a loop's consumer stands, without waiting for Kafka. */
public final class Position {
  private static final Logger LOG = LoggerFactory.getLogger(Position.class);

  private Position() {}

  /**
   * The next offset that a consumer will read; empty while it is not known. After a broker's
   * restart the consumer has to ask whether its position still stands. A wake-up that comes
   * meanwhile is left for the next poll, for which it is meant.
   */
  public static OptionalLong now(Consumer<?, ?> consumer, TopicPartition partition) {
    try {
      return OptionalLong.of(consumer.position(partition, Duration.ZERO));
    } catch (TimeoutException e) {
      LOG.debug("The position in {} is not confirmed yet", partition, e);
    } catch (WakeupException e) {
      consumer.wakeup();
    }
    return OptionalLong.empty();
  }
}
