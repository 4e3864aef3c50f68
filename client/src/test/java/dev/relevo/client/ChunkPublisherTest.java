package dev.relevo.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.relevo.client.ReplyChunk.Piece;
import dev.relevo.common.protocol.Delta;
import java.util.ArrayDeque;
import java.util.Queue;
import org.junit.jupiter.api.Test;

class ChunkPublisherTest {
  private final ChunkBuffer buffer = new ChunkBuffer(10);
  private final Queue<Runnable> tasks = new ArrayDeque<>();
  private final ChunkPublisher publisher = new ChunkPublisher(buffer, tasks::add);

  private static Piece piece(long seq) {
    return new Piece(seq, seq, 0, Delta.text("t" + seq), seq);
  }

  private void runTasks() {
    while (!tasks.isEmpty()) {
      tasks.remove().run();
    }
  }

  @Test
  void givesOnlyWhatIsAskedFor() {
    Collector subscriber = new Collector(1);
    publisher.subscribe(subscriber);
    buffer.offer(piece(0));
    buffer.offer(piece(1));
    buffer.end(null);
    runTasks();
    assertThat(subscriber.chunks).containsExactly(piece(0));
    assertThat(subscriber.end).isNotDone();

    subscriber.subscription.request(Long.MAX_VALUE);
    subscriber.subscription.request(Long.MAX_VALUE);
    runTasks();
    assertThat(subscriber.chunks).containsExactly(piece(0), piece(1));
    assertThat(subscriber.end).isCompleted();
  }

  @Test
  void neverCallsOnTheThreadThatBringsTheChunk() {
    Collector subscriber = new Collector(10);
    publisher.subscribe(subscriber);
    runTasks();
    buffer.offer(piece(0));

    assertThat(subscriber.chunks).isEmpty();
    assertThat(tasks).hasSize(1);
    buffer.offer(piece(1));
    assertThat(tasks).hasSize(1);
    runTasks();
    assertThat(subscriber.chunks).hasSize(2);
  }

  @Test
  void anEmptyAnswerEndsWithoutBeingAskedFor() {
    buffer.end(null);
    Collector subscriber = new Collector(0);
    publisher.subscribe(subscriber);
    runTasks();

    assertThat(subscriber.end).isCompleted();
  }

  @Test
  void aFailureComesAfterTheChunks() {
    buffer.offer(piece(0));
    buffer.end(new JobException("x", "It broke."));
    Collector subscriber = new Collector(1);
    publisher.subscribe(subscriber);
    runTasks();

    assertThat(subscriber.chunks).hasSize(1);
    assertThatThrownBy(subscriber.end::join).hasMessageContaining("It broke.");
  }

  @Test
  void aCancelledSubscriptionGetsNothingMore() {
    Collector subscriber = new Collector(10);
    publisher.subscribe(subscriber);
    subscriber.subscription.cancel();
    buffer.offer(piece(0));
    buffer.end(null);
    runTasks();

    assertThat(subscriber.chunks).isEmpty();
    assertThat(subscriber.end).isNotDone();
  }

  @Test
  void askingForLessThanOneIsAnError() {
    Collector subscriber = new Collector(0);
    publisher.subscribe(subscriber);
    subscriber.subscription.request(0);
    runTasks();

    assertThatThrownBy(subscriber.end::join).hasCauseInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void aSecondSubscriberIsRefused() {
    publisher.subscribe(new Collector(1));
    Collector second = new Collector(1);
    publisher.subscribe(second);

    assertThatThrownBy(second.end::join).hasCauseInstanceOf(IllegalStateException.class);
  }
}
