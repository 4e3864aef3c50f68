package dev.relevo.client;

import dev.relevo.common.kafka.KafkaClients;
import dev.relevo.common.protocol.Fence;
import dev.relevo.common.protocol.MalformedRecordException;
import dev.relevo.common.protocol.MessageCodec;
import dev.relevo.common.protocol.ReplyRecord;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.errors.WakeupException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one thread that reads answers. It alone touches its consumer: others hand it commands and
 * wake it up. It runs no code of callers and waits for nobody but Kafka.
 */
final class ReplyLoop implements Runnable {
  private static final Logger LOG = LoggerFactory.getLogger(ReplyLoop.class);
  private static final Duration POLL = Duration.ofSeconds(5);
  private static final long COMMAND_TIMEOUT_MS = 15_000;

  private final KafkaClients clients;
  private volatile Consumer<String, byte[]> consumer;
  private final Answers answers;
  private final BlockingQueue<Runnable> commands = new LinkedBlockingQueue<>();
  private final CountDownLatch stopped = new CountDownLatch(1);
  private volatile boolean stopping;

  ReplyLoop(KafkaClients clients, Consumer<String, byte[]> consumer, Answers answers) {
    this.clients = clients;
    this.consumer = consumer;
    this.answers = answers;
  }

  /** Who gets what is read. */
  interface Answers {
    /** The job that a record belongs to, or null when nobody waits for it. */
    @Nullable OpenJob find(@Nullable String key);

    /** A job's answer has ended. */
    void ended(OpenJob job);

    /** All before this offset of the partition was read. */
    void read(int partition, long nextOffset);

    /** Nothing will be read any more. */
    void broken(JobException failure);
  }

  /** Something to do with a consumer. */
  interface Command {
    void run(Consumer<String, byte[]> consumer);
  }

  /**
   * Has the loop do something with its consumer, and waits for it.
   *
   * @throws java.util.concurrent.CompletionException when it fails, or is not done in time
   */
  void tell(Command command) {
    CompletableFuture<Void> done = new CompletableFuture<>();
    commands.add(() -> {
      try {
        command.run(consumer);
        done.complete(null);
      } catch (WakeupException e) {
        // Somebody else's command came in between; try again with it.
        commands.add(() -> rerun(command, done));
      } catch (RuntimeException e) {
        done.completeExceptionally(e);
      }
    });
    consumer.wakeup();
    done.orTimeout(COMMAND_TIMEOUT_MS, TimeUnit.MILLISECONDS).join();
  }

  /**
   * Goes on with another consumer from where this one is, and closes this one.
   *
   * @throws java.util.concurrent.CompletionException when it fails; then this one goes on
   */
  void renew(Supplier<Consumer<String, byte[]>> factory) {
    tell(old -> {
      Consumer<String, byte[]> fresh = factory.get();
      try {
        fresh.assign(old.assignment());
        old.assignment().forEach(partition -> fresh.seek(partition, old.position(partition)));
      } catch (RuntimeException e) {
        fresh.close(CloseOptions.timeout(Duration.ZERO));
        throw e;
      }
      consumer = fresh;
      old.close(CloseOptions.timeout(Duration.ZERO));
    });
  }

  private void rerun(Command command, CompletableFuture<Void> done) {
    try {
      command.run(consumer);
      done.complete(null);
    } catch (RuntimeException e) {
      done.completeExceptionally(e);
    }
  }

  @Override
  public void run() {
    try {
      while (!stopping) {
        step();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException e) {
      String sentence = String.valueOf(clients.problem(e, "reading answers").getMessage());
      LOG.error("Reading answers has stopped: {}", sentence);
      answers.broken(new JobException(JobException.UNREADABLE, sentence, e));
    } catch (Error e) {
      LOG.error("Reading answers has stopped", e);
      answers.broken(
          new JobException(JobException.UNREADABLE, "Reading answers broke (" + e + ").", e));
    } finally {
      // Without a goodbye: it would wait for the fetch under way.
      consumer.close(CloseOptions.timeout(Duration.ZERO));
      stopped.countDown();
    }
  }

  /** Stops the loop; false when it does not end in time. */
  boolean stop(Duration timeout) {
    askToStop();
    try {
      return stopped.await(timeout.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /** Has the loop end without waiting for it; for the loop's own thread. */
  void askToStop() {
    stopping = true;
    commands.add(() -> {});
    consumer.wakeup();
  }

  private void step() throws InterruptedException {
    try {
      if (consumer.assignment().isEmpty()) {
        commands.take().run();
      }
      for (Runnable next = commands.poll(); next != null; next = commands.poll()) {
        next.run();
      }
      if (!stopping && !consumer.assignment().isEmpty()) {
        consumer.poll(POLL).forEach(this::dispatch);
      }
    } catch (WakeupException e) {
      LOG.trace("Woken up");
    }
  }

  private void dispatch(ConsumerRecord<String, byte[]> record) {
    OpenJob job = answers.find(record.key());
    if (job != null) {
      try {
        Fence fence = MessageCodec.fence(record.headers());
        if (fence != null
            && job.take(
                record.offset(),
                record.timestamp(),
                fence,
                MessageCodec.decode(ReplyRecord.class, record.value()))) {
          answers.ended(job);
        }
      } catch (MalformedRecordException e) {
        // Void by the reader's rule: a hole shows in the numbers of the chunks.
        LOG.warn(
            "A record of job {} at {}-{}@{} cannot be read and does not count: {}",
            job.id(),
            record.topic(),
            record.partition(),
            record.offset(),
            e.getMessage());
      }
    }
    answers.read(record.partition(), record.offset() + 1);
  }
}
