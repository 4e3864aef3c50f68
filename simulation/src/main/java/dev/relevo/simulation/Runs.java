package dev.relevo.simulation;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/** Many seeds, over several cores; stops at the first that breaks an invariant. */
final class Runs {
  private static final long PROGRESS_NANOS = TimeUnit.SECONDS.toNanos(5);

  private final long to;
  private final Flaw flaw;
  private final AtomicLong next;
  private final AtomicLong steps = new AtomicLong();
  private final AtomicLong done = new AtomicLong();
  private final AtomicLong fewest = new AtomicLong(Long.MAX_VALUE);
  private final AtomicReference<@Nullable Failure> failure = new AtomicReference<>();

  /** A run that broke an invariant. */
  record Failure(long seed, Violation violation) {}

  /**
   * What came of all.
   *
   * @param seeds that were run
   * @param fewestSteps of any of them
   * @param failure the first found; null when all invariants held
   */
  record Result(long seeds, long steps, long fewestSteps, @Nullable Failure failure) {}

  /**
   * @param to the last seed
   */
  Runs(long from, long to, Flaw flaw) {
    this.next = new AtomicLong(from);
    this.to = to;
    this.flaw = flaw;
  }

  /**
   * Runs them.
   *
   * @param threads how many at a time
   * @param progress told the number of seeds done, every few seconds
   */
  Result run(int threads, LongConsumer progress) throws InterruptedException {
    Thread[] workers = new Thread[threads];
    for (int i = 0; i < threads; i++) {
      workers[i] = Thread.ofPlatform().name("simulation-" + i).start(this::work);
    }
    long told = System.nanoTime();
    for (Thread worker : workers) {
      while (!worker.join(java.time.Duration.ofMillis(200))) {
        if (System.nanoTime() - told > PROGRESS_NANOS) {
          told = System.nanoTime();
          progress.accept(done.get());
        }
      }
    }
    return new Result(done.get(), steps.get(), fewest.get(), failure.get());
  }

  private void work() {
    for (long seed = next.getAndIncrement();
        seed <= to && failure.get() == null;
        seed = next.getAndIncrement()) {
      Simulation.Outcome outcome = Simulation.run(Planner.plan(seed), flaw, false);
      steps.addAndGet(outcome.steps());
      done.incrementAndGet();
      Violation violation = outcome.violation();
      if (violation == null) {
        fewest.accumulateAndGet(outcome.steps(), Math::min);
      } else {
        failure.compareAndSet(null, new Failure(seed, violation));
      }
    }
  }
}
