package dev.relevo.node.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.common.config.HealthCheckSettings;
import dev.relevo.common.supervision.Supervisor;
import dev.relevo.node.backend.WorkerHealth;
import dev.relevo.node.core.BackendBoard;
import dev.relevo.node.core.BackendPolicy;
import dev.relevo.node.core.BackendStrategy;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Delayed;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** When backends are checked, by a clock that goes on when the test says so. */
class HealthChecksTest {
  /** The check's time-out and half a second. */
  private static final long ALARM_MS = 700;

  private static final HealthCheckSettings SETTINGS =
      new HealthCheckSettings(Duration.ofSeconds(10), Duration.ofMillis(200));

  private final AtomicLong nowNanos = new AtomicLong();
  private final Pacer pacer = new Pacer();
  private final ScriptedWorker worker = new ScriptedWorker("gpu", 10, true);
  private final BackendBoard board = new BackendBoard(BackendStrategy.LOCAL_FIRST, new Random(1));
  private final HealthChecks checks =
      new HealthChecks(
          SETTINGS,
          board,
          pacer,
          Supervisor.uncounted("Node attic").part("health checks"),
          new Story("attic"),
          new NodeTime(InstantSource.system(), nowNanos::get),
          () -> {});

  @AfterEach
  void stop() {
    pacer.shutdownNow();
  }

  @Test
  void asksLessAndLessOftenWhileABackendIsDown() throws Exception {
    worker.health(WorkerHealth.unavailable("gone"));
    start();

    assertThat(pacer.next()).isEqualTo(1_000);
    assertThat(pacer.next()).isEqualTo(2_000);
    assertThat(pacer.next()).isEqualTo(4_000);
    assertThat(pacer.next()).isEqualTo(8_000);
    assertThat(pacer.next()).as("the interval").isEqualTo(10_000);
    assertThat(pacer.nextFinds(WorkerHealth.AVAILABLE)).isEqualTo(10_000);
    assertThat(pacer.nextFinds(WorkerHealth.unavailable("gone again"))).isEqualTo(10_000);
    assertThat(pacer.next()).isEqualTo(1_000);
  }

  @Test
  void asksAtOnceWhenACallFailed() throws Exception {
    start();
    assertThat(pacer.planned().delayMs()).isEqualTo(10_000);
    pass(3_000);

    checks.checkSoon("gpu");

    assertThat(pacer.planned().delayMs()).isZero();
  }

  @Test
  void doesNotAskAgainWithinASecond() throws Exception {
    start();
    assertThat(pacer.planned().delayMs()).isEqualTo(10_000);
    pass(400);

    checks.checkSoon("gpu");
    checks.checkSoon("gpu");

    Planned soon = pacer.planned();
    assertThat(soon.delayMs()).isEqualTo(600);
    soon.run();
    assertThat(pacer.planned().delayMs()).as("one check for both").isEqualTo(10_000);
  }

  @Test
  void aCheckThatEndsBeforeItsTimerDoesIsNotTheLast() throws Exception {
    start();
    Planned due = pacer.planned();
    pass(due.delayMs());

    due.task.run();

    assertThat(pacer.planned().delayMs()).isEqualTo(10_000);
    assertThat(due.isDone()).isFalse();
  }

  @Test
  void startsTheBackOffAnewWhenACallFails() throws Exception {
    worker.health(WorkerHealth.unavailable("gone"));
    start();
    assertThat(pacer.next()).isEqualTo(1_000);
    assertThat(pacer.next()).isEqualTo(2_000);
    assertThat(pacer.planned().delayMs()).isEqualTo(4_000);
    pass(1_500);

    checks.checkSoon("gpu");

    assertThat(pacer.next()).isZero();
    assertThat(pacer.next()).isEqualTo(1_000);
  }

  private void start() {
    board.add(worker.info(), 10, BackendPolicy.DEFAULT);
    checks.watch(worker);
    var _ = checks.start();
  }

  private void pass(long ms) {
    nowNanos.addAndGet(TimeUnit.MILLISECONDS.toNanos(ms));
  }

  /** What is to run later, once. */
  private final class Planned extends FutureTask<Void> implements ScheduledFuture<Void> {
    private final Runnable task;
    private final long delayMs;
    private final long dueNanos;

    Planned(Runnable task, long delayMs) {
      super(task, null);
      this.task = task;
      this.delayMs = delayMs;
      this.dueNanos = nowNanos.get() + TimeUnit.MILLISECONDS.toNanos(delayMs);
    }

    long delayMs() {
      return delayMs;
    }

    @Override
    public long getDelay(TimeUnit unit) {
      return unit.convert(dueNanos - nowNanos.get(), TimeUnit.NANOSECONDS);
    }

    @Override
    public int compareTo(Delayed other) {
      return Long.compare(getDelay(TimeUnit.NANOSECONDS), other.getDelay(TimeUnit.NANOSECONDS));
    }
  }

  /** Runs nothing by itself; the alarms of checks that take too long it leaves out. */
  private final class Pacer extends ScheduledThreadPoolExecutor {
    private final BlockingQueue<Planned> planned = new LinkedBlockingQueue<>();

    Pacer() {
      super(1);
    }

    @Override
    public ScheduledFuture<?> schedule(Runnable task, long delay, TimeUnit unit) {
      Planned next = new Planned(task, unit.toMillis(delay));
      if (next.delayMs() != ALARM_MS) {
        planned.add(next);
      }
      return next;
    }

    Planned planned() throws InterruptedException {
      Planned next = planned.poll(20, TimeUnit.SECONDS);
      if (next == null) {
        throw new AssertionError("no check was planned");
      }
      return next;
    }

    /** Waits for what is planned next, and its time passes. */
    long next() throws InterruptedException {
      Planned next = planned();
      pass(next.delayMs());
      next.run();
      return next.delayMs();
    }

    /** The same, and from then on the backend is found so. */
    long nextFinds(WorkerHealth health) throws InterruptedException {
      Planned next = planned();
      pass(next.delayMs());
      worker.health(health);
      next.run();
      return next.delayMs();
    }
  }
}
