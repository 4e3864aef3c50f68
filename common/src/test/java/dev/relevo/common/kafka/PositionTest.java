package dev.relevo.common.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.WakeupException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class PositionTest {
  private static final TopicPartition SLOT = new TopicPartition("relevo.assignments", 5);

  /** As Kafka's own: a wake-up ends any call that may wait, once. */
  private static final class WokenConsumer extends MockConsumer<String, String> {
    private boolean asleep = true;
    private boolean unconfirmed;

    WokenConsumer() {
      super("earliest");
    }

    @Override
    public synchronized void wakeup() {
      asleep = false;
      super.wakeup();
    }

    @Override
    public synchronized long position(TopicPartition partition, Duration timeout) {
      if (!asleep) {
        asleep = true;
        // Its flag is down then, and only a new wake-up reaches the poll.
        assertThatThrownBy(() -> poll(Duration.ZERO)).isInstanceOf(WakeupException.class);
        throw new WakeupException();
      }
      if (unconfirmed) {
        throw new TimeoutException();
      }
      assertThat(timeout).isZero();
      return super.position(partition, timeout);
    }
  }

  private final WokenConsumer consumer = new WokenConsumer();

  @BeforeEach
  void assign() {
    consumer.assign(List.of(SLOT));
    consumer.updateBeginningOffsets(Map.of(SLOT, 0L));
    consumer.seek(SLOT, 42);
  }

  @Test
  void tellsWhereTheConsumerStands() {
    assertThat(Position.now(consumer, SLOT)).hasValue(42);
  }

  @Test
  void isUnknownWhileKafkaIsAsked() {
    consumer.unconfirmed = true;

    assertThat(Position.now(consumer, SLOT)).isEmpty();
  }

  @Test
  void leavesAWakeUpToTheNextPoll() {
    consumer.wakeup();

    assertThat(Position.now(consumer, SLOT)).isEmpty();

    assertThatThrownBy(() -> consumer.poll(Duration.ZERO)).isInstanceOf(WakeupException.class);
    consumer.poll(Duration.ZERO);
  }
}
