package dev.relevo.operator;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;

/**
 * Where in {@code relevo.state} the records stand that count, of all homes. One thread writes, any
 * thread asks; nobody holds the lock while a record is parsed.
 */
final class StateIndexes {
  private final int mostJobsOfHome;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Map<Integer, StateIndex> homes = new TreeMap<>();
  private final Map<Integer, Long> ends = new HashMap<>();
  private Map<Integer, Long> positions = Map.of();

  /**
   * Knows nothing yet.
   *
   * @param mostJobsOfHome how many jobs it knows of a home, 2 or more
   */
  StateIndexes(int mostJobsOfHome) {
    this.mostJobsOfHome = mostJobsOfHome;
  }

  /** What an entry is and where it stands. */
  private record Read(int home, StateEntry entry, long offset) {}

  /**
   * A record of state.
   *
   * @param home its partition
   */
  record Place(int home, long offset) {}

  /**
   * Takes what comes next of some homes.
   *
   * @param readTo the offset that is read next of each home
   */
  void take(ConsumerRecords<String, byte[]> records, Map<Integer, Long> readTo) {
    List<Read> batch = new ArrayList<>(records.count());
    for (ConsumerRecord<String, byte[]> record : records) {
      batch.add(new Read(record.partition(), StateEntry.of(record), record.offset()));
    }
    lock.lock();
    try {
      for (Read read : batch) {
        homes
            .computeIfAbsent(read.home(), any -> StateIndex.forgetful(mostJobsOfHome))
            .read(read.entry(), read.offset());
        ends.put(read.home(), read.offset() + 1);
      }
      positions = Map.copyOf(readTo);
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Where a job's records stand: nowhere, in one home, or in each that it was put into. */
  List<Place> find(String id) {
    lock.lock();
    try {
      List<Place> places = new ArrayList<>(1);
      homes.forEach((home, index) -> {
        long offset = index.offset(id);
        if (offset >= 0) {
          places.add(new Place(home, offset));
        }
      });
      return places;
    } finally {
      lock.unlock();
    }
  }

  /** Whether the record counts. */
  boolean counts(ConsumerRecord<String, byte[]> record) {
    lock.lock();
    try {
      StateIndex index = homes.get(record.partition());
      return index != null && index.counts(record.key(), record.offset());
    } finally {
      lock.unlock();
    }
  }

  /** Until where each home was read, by its number. */
  Map<Integer, Long> ends() {
    lock.lock();
    try {
      return Map.copyOf(ends);
    } finally {
      lock.unlock();
    }
  }

  /** Waits until a job is known; false when that takes longer. */
  boolean await(String id, Duration atMost) throws InterruptedException {
    return await(id, List.of(), atMost);
  }

  /** Waits until a job's records stand elsewhere than they did; false when that takes longer. */
  boolean await(String id, List<Place> before, Duration atMost) throws InterruptedException {
    long leftNanos = atMost.toNanos();
    lock.lockInterruptibly();
    try {
      while (find(id).equals(before)) {
        if (leftNanos <= 0) {
          return false;
        }
        leftNanos = changed.awaitNanos(leftNanos);
      }
      return true;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Waits until all homes were read to some offsets; false when that takes longer.
   *
   * @param to the offset behind the last record that has to be read, by home
   */
  boolean awaitRead(Map<Integer, Long> to, Duration atMost) throws InterruptedException {
    long leftNanos = atMost.toNanos();
    lock.lockInterruptibly();
    try {
      while (!isRead(to)) {
        if (leftNanos <= 0) {
          return false;
        }
        leftNanos = changed.awaitNanos(leftNanos);
      }
      return true;
    } finally {
      lock.unlock();
    }
  }

  private boolean isRead(Map<Integer, Long> to) {
    return to.entrySet().stream()
        .allMatch(end -> positions.getOrDefault(end.getKey(), 0L) >= end.getValue());
  }
}
