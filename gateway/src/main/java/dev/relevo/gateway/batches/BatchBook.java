package dev.relevo.gateway.batches;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** All batches of the house, as {@code relevo.batches} has them up to here. Thread-safe. */
final class BatchBook {
  private final Map<String, Batch> all = new ConcurrentHashMap<>();
  private final Map<String, Batch> open = new ConcurrentHashMap<>();
  private final Map<String, Set<String>> ends = new ConcurrentHashMap<>();
  private final Map<Integer, Long> read = new ConcurrentHashMap<>();

  /** Takes a record; on one thread. */
  void take(ConsumerRecord<String, byte[]> record) {
    BatchCodec.batchOf(record.key())
        .ifPresent(uuid -> {
          if (record.value() == null) {
            forget(uuid, record.key());
          } else {
            BatchCodec.decode(record.value()).ifPresent(said -> take(uuid, record.key(), said));
          }
        });
  }

  private void take(String uuid, String key, BatchRecord said) {
    if (said instanceof BatchRecord.Ended) {
      ends.computeIfAbsent(uuid, any -> ConcurrentHashMap.newKeySet()).add(key);
    }
    Batch known = all.get(uuid);
    if (known == null && said instanceof BatchRecord.Created created) {
      known = Batch.of(uuid, created);
    } else if (known != null) {
      known = known.with(said);
    } else {
      return;
    }
    all.put(uuid, known);
    if (known.isEnded()) {
      open.remove(uuid);
    } else {
      open.put(uuid, known);
    }
  }

  /** Its ends are known until each is cleared away: nobody could name them again. */
  private void forget(String uuid, String key) {
    all.remove(uuid);
    open.remove(uuid);
    ends.computeIfPresent(
        uuid,
        (_, keys) -> {
          keys.remove(key);
          return keys.isEmpty() ? null : keys;
        });
  }

  /** Batches that are forgotten, but for an end: whoever forgot them came not so far. */
  List<String> halfForgotten() {
    return ends.keySet().stream().filter(uuid -> !all.containsKey(uuid)).toList();
  }

  /** All before this offset of a partition was taken. */
  synchronized void read(int partition, long next) {
    read.put(partition, next);
    notifyAll();
  }

  /** What the next record of a partition will have for an offset. */
  long next(int partition) {
    return read.getOrDefault(partition, 0L);
  }

  /**
   * Waits until something holds, looking at it whenever records were read.
   *
   * @return false when the time was over before
   */
  synchronized boolean await(BooleanSupplier holds, Duration atMost) throws InterruptedException {
    long untilNanos = System.nanoTime() + atMost.toNanos();
    while (!holds.getAsBoolean()) {
      long leftMs = TimeUnit.NANOSECONDS.toMillis(untilNanos - System.nanoTime());
      if (leftMs <= 0) {
        return false;
      }
      wait(leftMs);
    }
    return true;
  }

  Optional<Batch> find(String uuid) {
    return Optional.ofNullable(all.get(uuid));
  }

  /** The keys of the records that say a batch's end; one as a rule. */
  Set<String> ends(String uuid) {
    return Set.copyOf(ends.getOrDefault(uuid, Set.of()));
  }

  Collection<Batch> all() {
    return List.copyOf(all.values());
  }

  int size() {
    return all.size();
  }

  /**
   * Those that can be forgotten, of the tenant that has most that have ended the one that ended
   * first, and so on.
   *
   * @param most how many
   */
  List<Batch> leastMissed(int most) {
    Map<String, Deque<Batch>> ended =
        all.values().stream()
            .filter(Batch::isEnded)
            .sorted(Comparator.comparingLong(BatchBook::endedAtMs))
            .collect(
                Collectors.groupingBy(
                    batch -> batch.created().tenant(), Collectors.toCollection(ArrayDeque::new)));
    List<Batch> least = new ArrayList<>();
    while (least.size() < most && !ended.isEmpty()) {
      Deque<Batch> longest = Collections.max(ended.values(), Comparator.comparingInt(Deque::size));
      least.add(longest.remove());
      ended.values().removeIf(Deque::isEmpty);
    }
    return least;
  }

  private static long endedAtMs(Batch batch) {
    return batch.ended() == null ? Long.MAX_VALUE : batch.ended().atMs();
  }

  /** Those that have not ended. */
  Collection<Batch> open() {
    return List.copyOf(open.values());
  }
}
