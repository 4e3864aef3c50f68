package dev.relevo.operator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.relevo.common.kafka.KafkaAccess;
import dev.relevo.common.kafka.KafkaClients;
import dev.relevo.common.kafka.KafkaProblem;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.common.errors.TimeoutException;
import org.junit.jupiter.api.Test;

class ConsumerPoolTest {
  private final List<MockConsumer<String, byte[]>> made = new ArrayList<>();
  private final ConsumerPool pool =
      new ConsumerPool(
          new KafkaClients(new KafkaAccess("127.0.0.1:1", Map.of())), 2, _ -> makeOne());

  private Consumer<String, byte[]> makeOne() {
    MockConsumer<String, byte[]> consumer = new MockConsumer<>("earliest");
    made.add(consumer);
    return consumer;
  }

  @Test
  void aConsumerIsUsedAgain() {
    Consumer<String, byte[]> first = pool.with("testing", consumer -> consumer);
    Consumer<String, byte[]> second = pool.with("testing", consumer -> consumer);

    assertThat(second).isSameAs(first);
    assertThat(made).hasSize(1);
  }

  private boolean breakWhileAnotherIsUsed(Consumer<String, byte[]> outer) {
    return pool.with(
        "testing",
        inner -> {
          assertThat(inner).isNotSameAs(outer);
          throw new TimeoutException("nothing came");
        });
  }

  @Test
  void twoAtOnceAreTwoAndOneThatBrokeIsNotUsedAgain() {
    assertThatThrownBy(() -> pool.with("testing", this::breakWhileAnotherIsUsed))
        .isInstanceOf(KafkaProblem.class)
        .hasMessageContaining("testing");

    assertThat(made).hasSize(2).allMatch(MockConsumer::closed);
    Consumer<String, byte[]> next = pool.with("testing", consumer -> consumer);
    assertThat(next).isSameAs(made.getLast());
    assertThat(made).hasSize(3);
  }

  @Test
  void closingClosesThoseAtRestAndThoseInUseWhenTheyAreGivenBack() {
    pool.with(
        "testing",
        outer -> {
          pool.with("testing", inner -> inner);
          pool.close();
          assertThat(made).extracting(MockConsumer::closed).containsExactly(false, true);
          return outer;
        });

    assertThat(made).allMatch(MockConsumer::closed);
    assertThatThrownBy(() -> pool.with("testing", consumer -> consumer))
        .isInstanceOf(IllegalStateException.class);
  }
}
