package dev.relevo.operator;

import dev.relevo.common.kafka.KafkaClients;
import dev.relevo.common.kafka.KafkaProblem;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.IntFunction;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.common.KafkaException;

/**
 * A few consumers that many threads use in turn, made when they are first needed. One that a use
 * broke is not used again. Thread-safe.
 */
final class ConsumerPool implements AutoCloseable {
  /** After so long without a free one somebody else has to be asked again. */
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final KafkaClients clients;
  private final int most;
  private final IntFunction<Consumer<String, byte[]>> maker;
  private final Semaphore free;
  private final Deque<Consumer<String, byte[]>> idle = new ArrayDeque<>();
  private int made;
  private boolean closed;

  /**
   * Makes none yet.
   *
   * @param most how many at once, 1 or more
   * @param maker makes the one of a number
   */
  ConsumerPool(KafkaClients clients, int most, IntFunction<Consumer<String, byte[]>> maker) {
    this.clients = clients;
    this.most = most;
    this.maker = maker;
    this.free = new Semaphore(most, true);
  }

  /**
   * Does something with one of them.
   *
   * @param doing for a sentence about a failure
   * @throws KafkaProblem when Kafka does not answer, or none is free for {@link #PATIENCE}
   */
  <T> T with(String doing, Function<Consumer<String, byte[]>, T> use) {
    await(doing);
    try {
      Consumer<String, byte[]> consumer = take();
      boolean sound = false;
      try {
        T result = use.apply(consumer);
        sound = true;
        return result;
      } finally {
        giveBack(consumer, sound);
      }
    } catch (KafkaException e) {
      throw clients.problem(e, doing);
    } finally {
      free.release();
    }
  }

  private void await(String doing) {
    try {
      if (!free.tryAcquire(PATIENCE.toNanos(), TimeUnit.NANOSECONDS)) {
        throw new KafkaProblem(
            KafkaProblem.Kind.TIMEOUT,
            "All %d readers were busy for %d s while %s: try again."
                .formatted(most, PATIENCE.toSeconds(), doing),
            null);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw clients.problem(e, doing);
    }
  }

  private Consumer<String, byte[]> take() {
    int number;
    synchronized (idle) {
      if (closed) {
        throw new IllegalStateException("this view of Kafka is closed");
      }
      Consumer<String, byte[]> consumer = idle.pollLast();
      if (consumer != null) {
        return consumer;
      }
      number = made++;
    }
    return maker.apply(number);
  }

  private void giveBack(Consumer<String, byte[]> consumer, boolean sound) {
    synchronized (idle) {
      if (sound && !closed) {
        idle.addLast(consumer);
        return;
      }
    }
    end(consumer);
  }

  /** Those in use end when their use does. */
  @Override
  public void close() {
    List<Consumer<String, byte[]>> left;
    synchronized (idle) {
      closed = true;
      left = new ArrayList<>(idle);
      idle.clear();
    }
    left.forEach(ConsumerPool::end);
  }

  /** Without a goodbye: it would wait for the fetch under way. */
  private static void end(Consumer<String, byte[]> consumer) {
    consumer.close(CloseOptions.timeout(Duration.ZERO));
  }
}
