package dev.relevo.common.supervision;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class SupervisorTest {
  private final Map<String, AtomicInteger> counted = new ConcurrentHashMap<>();
  private final Supervisor supervisor =
      new Supervisor(
          "node test",
          part -> counted.computeIfAbsent(part, name -> new AtomicInteger())::incrementAndGet);
  private final ScheduledThreadPoolExecutor timer = new ScheduledThreadPoolExecutor(1);

  @AfterEach
  void stop() {
    timer.shutdownNow();
  }

  private int count(String part) {
    return counted.get(part).get();
  }

  private static List<Long> pausesMs(int crashes, Duration apart) {
    RestartPace pace = new RestartPace();
    List<Long> pauses = new ArrayList<>();
    long nowNanos = 7;
    for (int i = 0; i < crashes; i++) {
      long pauseNanos = pace.crashed(nowNanos);
      pauses.add(TimeUnit.NANOSECONDS.toMillis(pauseNanos));
      nowNanos += pauseNanos + apart.toNanos();
    }
    return pauses;
  }

  @Test
  void whoCrashesForEverRestsTwiceAsLongEachTimeUpToABound() {
    assertThat(pausesMs(12, Duration.ZERO))
        .containsExactly(
            100L, 200L, 400L, 800L, 1600L, 3200L, 6400L, 12_800L, 25_600L, 30_000L, 30_000L,
            30_000L);
  }

  @Test
  void whoWorkedForAWhileRestsShortlyAgain() {
    assertThat(pausesMs(3, RestartPace.QUIET)).containsExactly(100L, 100L, 100L);
    assertThat(pausesMs(3, RestartPace.QUIET.minusNanos(1))).containsExactly(100L, 200L, 400L);
  }

  @Test
  void aCrashOfOneTaskGoesNoFurtherAndIsCounted() {
    Part part = supervisor.part("watch");

    assertThat(part.run(() -> {})).isZero();
    long pauseNanos =
        part.run(() -> {
          throw new StackOverflowError("deep");
        });

    assertThat(pauseNanos).isEqualTo(RestartPace.FIRST_PAUSE.toNanos());
    assertThat(count("watch")).isOne();
    assertThat(supervisor.part("watch")).isSameAs(part);
  }

  @Test
  void aRepeatedTaskThatCrashesOnceGoesOn() throws Exception {
    CountDownLatch after = new CountDownLatch(3);
    AtomicInteger runs = new AtomicInteger();

    supervisor
        .part("sweep")
        .repeat(
            timer,
            () -> {
              if (runs.getAndIncrement() == 0) {
                throw new IllegalStateException("once");
              }
              after.countDown();
            },
            Duration.ZERO,
            Duration.ofMillis(1));

    assertThat(after.await(20, TimeUnit.SECONDS)).isTrue();
    assertThat(count("sweep")).isOne();
  }

  @Test
  void aRepeatedTaskThatCrashesForEverIsTriedOnAndHoldsUpNobody() throws Exception {
    CountDownLatch crashes = new CountDownLatch(3);
    CountDownLatch others = new CountDownLatch(50);
    supervisor
        .part("bad")
        .repeat(
            timer,
            () -> {
              crashes.countDown();
              throw new NoClassDefFoundError("gone");
            },
            Duration.ZERO,
            Duration.ofMillis(1));
    supervisor.part("good").repeat(timer, others::countDown, Duration.ZERO, Duration.ofMillis(1));

    assertThat(crashes.await(20, TimeUnit.SECONDS)).isTrue();
    assertThat(others.await(20, TimeUnit.SECONDS)).isTrue();
    assertThat(count("bad")).isGreaterThanOrEqualTo(2);
    assertThat(count("good")).isZero();
  }

  @Test
  void aThreadThatCrashesIsStartedAgainUntilItsWorkIsDone() throws Exception {
    AtomicInteger runs = new AtomicInteger();

    Thread thread =
        supervisor
            .part("reader")
            .start(
                Thread.ofPlatform().daemon(),
                () -> {
                  if (runs.incrementAndGet() < 3) {
                    throw new IllegalStateException("crash " + runs.get());
                  }
                });

    assertThat(thread.join(Duration.ofSeconds(20))).isTrue();
    assertThat(runs).hasValue(3);
    assertThat(count("reader")).isEqualTo(2);
  }

  @Test
  void whoRestsAfterACrashCanBeStopped() throws Exception {
    CountDownLatch crashed = new CountDownLatch(4);
    Thread thread =
        supervisor
            .part("reader")
            .start(
                Thread.ofPlatform().daemon(),
                () -> {
                  crashed.countDown();
                  throw new IllegalStateException("always");
                });
    assertThat(crashed.await(20, TimeUnit.SECONDS)).isTrue();

    thread.interrupt();

    assertThat(thread.join(Duration.ofSeconds(20))).isTrue();
  }
}
