package dev.relevo.node.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.relevo.common.protocol.NodeBeat;
import dev.relevo.common.supervision.Supervisor;
import dev.relevo.node.core.AttemptTable;
import dev.relevo.node.core.BackendBoard;
import dev.relevo.node.core.BackendStrategy;
import dev.relevo.node.core.NodeFailedException;
import dev.relevo.node.core.ToldOrders;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;

class HeartTest {
  private static final long INTERVAL_MS = 1_000;

  private final MockProducer<String, byte[]> producer =
      new MockProducer<>(true, null, new StringSerializer(), new ByteArraySerializer());
  private final AtomicInteger crashes = new AtomicInteger();
  private final Heart heart =
      new Heart(
          new Identity("attic", "incarnation-1"),
          new AttemptTable(1),
          new BackendBoard(BackendStrategy.named("local-first"), new Random(1)),
          new ToldOrders(),
          producer,
          "relevo.heartbeats",
          1,
          INTERVAL_MS,
          new Supervisor("Node attic", part -> crashes::incrementAndGet).part("heart"));
  private long nowNanos = 5;

  private CompletableFuture<Long> beat() {
    return heart.beat(NodeBeat.State.READY, 0, 0, nowNanos);
  }

  @Test
  void aHeartThatCrashesOnceBeatsAgainAfterARest() {
    producer.sendException = new IllegalStateException("the producer is odd");
    assertThat(beat()).isCompletedExceptionally();
    assertThat(crashes).hasValue(1);
    assertThat(heart.dueInNanos(nowNanos)).isEqualTo(TimeUnit.MILLISECONDS.toNanos(100));

    producer.sendException = null;
    nowNanos += TimeUnit.MILLISECONDS.toNanos(100);
    assertThat(heart.dueInNanos(nowNanos)).isZero();
    assertThat(beat()).isCompletedWithValue(0L);

    assertThat(heart.dueInNanos(nowNanos)).isEqualTo(TimeUnit.MILLISECONDS.toNanos(INTERVAL_MS));
  }

  @Test
  void aHeartThatCrashesForEverEndsTheNode() {
    producer.sendException = new IllegalStateException("the producer is odd");
    for (int i = 1; i < Heart.MAX_CRASHES_IN_A_ROW; i++) {
      assertThat(beat()).isCompletedExceptionally();
    }

    assertThatThrownBy(this::beat)
        .isInstanceOf(NodeFailedException.class)
        .hasMessageContaining("Node attic cannot beat")
        .hasMessageContaining("the producer is odd");
  }
}
