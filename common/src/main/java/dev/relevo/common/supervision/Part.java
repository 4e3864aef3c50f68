package dev.relevo.common.supervision;

import java.time.Duration;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One part of a role; see {@link Supervisor}. Thread-safe. */
public final class Part {
  private static final Logger LOG = LoggerFactory.getLogger(Part.class);

  private final String owner;
  private final String name;
  private final Runnable counter;
  private final LongSupplier nanoTime;
  private final RestartPace pace = new RestartPace();

  Part(String owner, String name, Runnable counter, LongSupplier nanoTime) {
    this.owner = owner;
    this.name = name;
    this.counter = counter;
    this.nanoTime = nanoTime;
  }

  /** What a part with a thread of its own does, until it is interrupted or has nothing to do. */
  @FunctionalInterface
  public interface Body {
    /** Does it; whatever it throws but {@code InterruptedException} is a crash. */
    void run() throws InterruptedException;
  }

  /**
   * Does something once; a crash ends it and goes no further.
   *
   * @return how long the part should rest now, nanoseconds; 0 after a success
   */
  public long run(Runnable task) {
    try {
      task.run();
      return 0;
    } catch (RuntimeException | Error e) {
      return crashed(e);
    }
  }

  /**
   * Does something again and again, as {@code scheduleWithFixedDelay} would, which falls silent
   * after the first crash. Ends with the timer.
   */
  public void repeat(
      ScheduledExecutorService timer, Runnable task, Duration first, Duration interval) {
    repeatIn(timer, task, first.toNanos(), interval.toNanos());
  }

  @SuppressWarnings("FutureReturnValueIgnored") // nothing that it runs throws
  private void repeatIn(
      ScheduledExecutorService timer, Runnable task, long waitNanos, long intervalNanos) {
    try {
      timer.schedule(
          () -> repeatIn(timer, task, Math.max(intervalNanos, run(task)), intervalNanos),
          waitNanos,
          TimeUnit.NANOSECONDS);
    } catch (RejectedExecutionException e) {
      LOG.debug("{}: {} ends with its timer", owner, name, e);
    }
  }

  /** Starts it on a thread of its own; it ends when its body returns or is interrupted. */
  public Thread start(Thread.Builder thread, Body body) {
    return thread.start(() -> keepRunning(body));
  }

  private void keepRunning(Body body) {
    while (true) {
      try {
        body.run();
        return;
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      } catch (RuntimeException | Error e) {
        if (Thread.currentThread().isInterrupted() || !rested(crashed(e))) {
          return;
        }
      }
    }
  }

  /** False when it was interrupted. */
  private boolean rested(long pauseNanos) {
    long untilNanos = nanoTime.getAsLong() + pauseNanos;
    for (long left = pauseNanos; left > 0; left = untilNanos - nanoTime.getAsLong()) {
      LockSupport.parkNanos(this, left);
      if (Thread.currentThread().isInterrupted()) {
        return false;
      }
    }
    return true;
  }

  /**
   * Notes a crash that its owner has caught itself.
   *
   * @return how long the part should rest now, nanoseconds
   */
  public long crashed(Throwable crash) {
    long pauseNanos;
    synchronized (pace) {
      pauseNanos = pace.crashed(nanoTime.getAsLong());
    }
    counter.run();
    LOG.atWarn()
        .addKeyValue("part", name)
        .setCause(crash)
        .log(
            "{}: {} crashed; it is started again in {} ms",
            owner,
            name,
            TimeUnit.NANOSECONDS.toMillis(pauseNanos));
    return pauseNanos;
  }
}
