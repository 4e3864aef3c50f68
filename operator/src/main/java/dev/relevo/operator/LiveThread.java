package dev.relevo.operator;

import dev.relevo.common.supervision.Supervisor;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The thread of a view that follows a topic: started again when it crashes, and asked whether it
 * has caught up and what ails it.
 */
final class LiveThread {
  private final String name;
  private final String what;
  private final Supervisor parts;
  private final Supplier<Consumer<String, byte[]>> readers;
  private final Work work;
  private final CountDownLatch ready = new CountDownLatch(1);
  private volatile @Nullable Consumer<String, byte[]> reader;
  private volatile @Nullable String ailment;
  private volatile boolean closing;
  private @Nullable Thread thread;

  /** What the thread does. */
  @FunctionalInterface
  interface Work {
    /** Reads until its thread {@link LiveThread#isClosing}; whatever it throws is a crash. */
    void run(Consumer<String, byte[]> consumer, LiveThread me) throws InterruptedException;
  }

  /**
   * Starts nothing yet.
   *
   * @param what is read, for a sentence: "the heartbeats"
   * @param readers makes the consumer, a new one after each crash
   */
  LiveThread(
      String name,
      String what,
      Supervisor parts,
      Supplier<Consumer<String, byte[]>> readers,
      Work work) {
    this.name = name;
    this.what = what;
    this.parts = parts;
    this.readers = readers;
    this.work = work;
    this.ailment = what + " have not been read to their end yet";
  }

  void start() {
    thread = parts.part(name).start(Thread.ofPlatform().name(name).daemon(), this::run);
  }

  private void run() throws InterruptedException {
    Consumer<String, byte[]> consumer = null;
    try {
      consumer = readers.get();
      reader = consumer;
      work.run(consumer, this);
    } catch (RuntimeException | Error e) {
      if (closing) {
        return;
      }
      standsStill(e);
      throw e;
    } finally {
      reader = null;
      if (consumer != null) {
        // Without a goodbye: it would wait for the fetch under way.
        consumer.close(CloseOptions.timeout(Duration.ZERO));
      }
    }
  }

  /** From the thread itself: it cannot read on, for this reason. */
  void standsStill(Throwable cause) {
    ailment = "%s cannot be read: %s".formatted(what, cause.getMessage());
  }

  /** From the thread itself: it has read all that stood there when it began, and reads on. */
  void caughtUp() {
    ailment = null;
    ready.countDown();
  }

  boolean isClosing() {
    return closing;
  }

  boolean isReady() {
    return ready.getCount() == 0;
  }

  boolean awaitReady(Duration atMost) throws InterruptedException {
    return ready.await(atMost.toNanos(), TimeUnit.NANOSECONDS);
  }

  Optional<String> complaint() {
    return Optional.ofNullable(ailment);
  }

  /** Ends it, and waits for that. */
  void close(Duration atMost) {
    closing = true;
    Thread running = thread;
    if (running == null) {
      return;
    }
    Consumer<String, byte[]> reads = reader;
    if (reads != null) {
      reads.wakeup();
    } else {
      // It rests after a crash.
      running.interrupt();
    }
    try {
      running.join(atMost);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
