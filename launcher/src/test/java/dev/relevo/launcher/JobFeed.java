package dev.relevo.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** Submits a short job now and then, to one home after the other, whatever else happens. */
final class JobFeed implements AutoCloseable {
  static final int HOMES = 8;

  private static final long EVERY_MS = 100;
  private static final long PATIENCE_SECONDS = 120;

  private final PlainProducer producer;
  private final InboxReader inbox;
  private final Queue<Fed> fed = new ConcurrentLinkedQueue<>();
  private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor();
  private int count;

  JobFeed(PlainProducer producer, InboxReader inbox) {
    this.producer = producer;
    this.inbox = inbox;
    var _ = clock.scheduleWithFixedDelay(this::submit, 0, EVERY_MS, TimeUnit.MILLISECONDS);
  }

  /**
   * A job.
   *
   * @param nanos when Kafka had it
   */
  private record Fed(String text, LiveAnswer answer, long nanos) {}

  private void submit() {
    int number = count++;
    String text = "Number " + number;
    try {
      LiveAnswer answer = ProcessHouse.submit(producer, inbox, number % HOMES, "echo", text);
      fed.add(new Fed(text, answer, System.nanoTime()));
    } catch (Exception e) {
      throw new IllegalStateException("job " + number + " was not taken by Kafka", e);
    }
  }

  /** Submits so many more and waits for all of them, and for all before. */
  void awaitMore(int more) throws Exception {
    int until = fed.size() + more;
    while (fed.size() < until) {
      Fed newest = null;
      for (Fed job : fed) {
        newest = job;
      }
      if (newest != null) {
        newest.answer().awaitEnd();
      }
      clock.submit(() -> {}).get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }
    for (Fed job : fed) {
      job.answer().awaitEnd();
    }
  }

  /** Submits no more, and holds each job to one whole answer. */
  List<LiveAnswer> stop() throws Exception {
    clock.shutdown();
    assertThat(clock.awaitTermination(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
    for (Fed job : fed) {
      job.answer().awaitWhole(job.text());
    }
    return fed.stream().map(Fed::answer).toList();
  }

  /** The longest that one of them waited for its end after Kafka had it, milliseconds. */
  long longestWaitMs() {
    long longest = 0;
    for (Fed job : fed) {
      if (job.answer().isEnded()) {
        longest = Math.max(longest, job.answer().endNanos() - job.nanos());
      }
    }
    return TimeUnit.NANOSECONDS.toMillis(longest);
  }

  @Override
  public void close() {
    clock.shutdownNow();
  }
}
