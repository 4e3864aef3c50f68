package dev.relevo.operator;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;

/** The newest of something, which can be looked at for nothing and waited for. Thread-safe. */
final class News<T> {
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private volatile T now;

  News(T first) {
    this.now = first;
  }

  T now() {
    return now;
  }

  void put(T next) {
    lock.lock();
    try {
      now = next;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** The first of which that is true; empty when none came in time. */
  Optional<T> await(Predicate<T> wanted, Duration atMost) throws InterruptedException {
    long leftNanos = atMost.toNanos();
    lock.lockInterruptibly();
    try {
      while (true) {
        T newest = now;
        if (wanted.test(newest)) {
          return Optional.of(newest);
        }
        if (leftNanos <= 0) {
          return Optional.empty();
        }
        leftNanos = changed.awaitNanos(leftNanos);
      }
    } finally {
      lock.unlock();
    }
  }
}
