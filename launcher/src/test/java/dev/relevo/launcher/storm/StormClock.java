package dev.relevo.launcher.storm;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** The storm's time: milliseconds since it began. Anybody can call it off. */
final class StormClock {
  private final CountDownLatch calledOff = new CountDownLatch(1);
  private final long startNanos = System.nanoTime();

  long nowMs() {
    return sinceStartMs(System.nanoTime());
  }

  /** The storm's time of a moment of {@link System#nanoTime}. */
  long sinceStartMs(long nanos) {
    return TimeUnit.NANOSECONDS.toMillis(nanos - startNanos);
  }

  /** Waits for a time; says whether it came, for the storm may be called off before. */
  boolean awaitUntil(long ms) throws InterruptedException {
    long leftMs = ms - nowMs();
    return !calledOff.await(Math.max(0, leftMs), TimeUnit.MILLISECONDS);
  }

  boolean isCalledOff() {
    return calledOff.getCount() == 0;
  }

  void callOff() {
    calledOff.countDown();
  }
}
