package dev.relevo.node.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.relevo.common.protocol.NodeBeat;
import dev.relevo.common.supervision.Supervisor;
import dev.relevo.node.core.AttemptTable;
import dev.relevo.node.core.BackendBoard;
import dev.relevo.node.core.BackendStrategy;
import dev.relevo.node.core.NodeFailedException;
import dev.relevo.node.core.ToldOrders;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;
import org.slf4j.LoggerFactory;

@Isolated("it looks at all that nodes log")
class HeartTest {
  private static final long INTERVAL_MS = 1_000;

  private final MockProducer<String, byte[]> producer = producer(true);
  private final AtomicInteger crashes = new AtomicInteger();
  private final Heart heart = heart(producer);
  private long nowNanos = 5;

  private static MockProducer<String, byte[]> producer(boolean acknowledges) {
    return new MockProducer<>(
        acknowledges, null, new StringSerializer(), new ByteArraySerializer());
  }

  private Heart heart(Producer<String, byte[]> to) {
    return new Heart(
        new Identity("attic", "incarnation-1"),
        new AttemptTable(1),
        new BackendBoard(BackendStrategy.named("local-first"), new Random(1)),
        new BreakerNews(new Story("attic")),
        new ToldOrders(),
        to,
        "relevo.heartbeats",
        1,
        INTERVAL_MS,
        new Supervisor("Node attic", part -> crashes::incrementAndGet).part("heart"));
  }

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

  private List<ILoggingEvent> logOfALostBeat(boolean killed) {
    MockProducer<String, byte[]> slow = producer(false);
    Heart beating = heart(slow);
    Logger log = (Logger) LoggerFactory.getLogger(Heart.class);
    ListAppender<ILoggingEvent> lines = new ListAppender<>();
    lines.start();
    log.addAppender(lines);
    CompletableFuture<Long> beat = beating.beat(NodeBeat.State.READY, 0, 0, nowNanos);
    if (killed) {
      beating.kill();
    }
    slow.errorNext(new IllegalStateException("lost"));
    log.detachAppender(lines);
    assertThat(beat).isCompletedExceptionally();
    return lines.list;
  }

  @Test
  void aLostBeatIsNewsUnlessItsNodeIsKilled() {
    assertThat(logOfALostBeat(false)).hasSize(1);
    assertThat(logOfALostBeat(true)).isEmpty();
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
