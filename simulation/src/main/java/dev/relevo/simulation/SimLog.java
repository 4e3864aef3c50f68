package dev.relevo.simulation;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The log as far as Kafka's hurts: order in a partition only, partitions that are away for a while,
 * compaction that keeps the last record of a key, topics that vanish.
 */
final class SimLog {
  /** So far a broker's clock is ahead or behind at most. */
  private static final int SKEW_MS = 200;

  private final World world;
  private final Dice clocks;
  private final Map<Place, Partition> partitions = new HashMap<>();
  private final Witness witness;

  /** Sees every record that is appended. */
  interface Witness {
    void appended(Place place, SimRecord record);
  }

  SimLog(World world, Witness witness) {
    this.world = world;
    this.clocks = new Dice(world.seed, "brokers");
    this.witness = witness;
  }

  Partition create(Place place) {
    return partitions.computeIfAbsent(place, Partition::new);
  }

  /** One that is there. */
  Partition get(Place place) {
    Partition partition = partitions.get(place);
    if (partition == null) {
      throw new IllegalStateException("there is no " + place);
    }
    return partition;
  }

  /** One that may be gone. */
  @Nullable Partition find(Place place) {
    Partition partition = partitions.get(place);
    return partition == null || partition.deleted ? null : partition;
  }

  Iterable<Partition> all() {
    return partitions.values();
  }

  /** One partition. */
  final class Partition {
    final Place place;
    private final List<SimRecord> records = new ArrayList<>();
    private final List<SimProcess> readers = new ArrayList<>();
    private final List<Runnable> waiting = new ArrayList<>();
    private long next;
    private long beginning;
    private long lookedTo;
    private long cleanableTo;
    private long compactedTo;
    private boolean away;
    private boolean deleted;
    private long backNanos = -1;
    private long skewMs;

    Partition(Place place) {
      this.place = place;
      elect();
    }

    /** Its leader's clock: in every other seed it is wrong, and each leader's in its own way. */
    private void elect() {
      skewMs = world.seed % 2 == 0 ? clocks.between(-SKEW_MS, SKEW_MS) : 0;
    }

    long append(SimRecord record) {
      SimRecord placed =
          Wire.pass(world, record).at(next++, world.nanos(), world.epochMs() + skewMs);
      records.add(placed);
      witness.appended(place, placed);
      for (int i = 0; i < readers.size(); i++) {
        SimProcess reader = readers.get(i);
        reader.wakeAt(world.nanos() + SimConsumer.FETCH_NANOS);
      }
      return placed.offset();
    }

    /** Those that are woken by new records. */
    void wakes(SimProcess reader) {
      if (!readers.contains(reader)) {
        readers.add(reader);
      }
    }

    void forget(SimProcess reader) {
      readers.remove(reader);
    }

    long end() {
      return next;
    }

    long beginning() {
      return beginning;
    }

    boolean isAway() {
      return away;
    }

    boolean isDeleted() {
      return deleted;
    }

    /** When it came back; -1 if it was never away. */
    long backNanos() {
      return backNanos;
    }

    void delete() {
      deleted = true;
      comeBack();
    }

    void goAway() {
      away = true;
    }

    void comeBack() {
      away = false;
      backNanos = world.nanos();
      elect();
      List<Runnable> work = new ArrayList<>(waiting);
      waiting.clear();
      work.forEach(Runnable::run);
      readers.forEach(reader -> reader.wakeAt(world.nanos() + SimConsumer.FETCH_NANOS));
    }

    /** Does something when it is back. */
    void whenBack(Runnable work) {
      waiting.add(work);
    }

    /** The index of the first record at or behind an offset. */
    int indexOf(long offset) {
      int low = 0;
      int high = records.size();
      while (low < high) {
        int middle = (low + high) >>> 1;
        if (records.get(middle).offset() < offset) {
          low = middle + 1;
        } else {
          high = middle;
        }
      }
      return low;
    }

    List<SimRecord> records() {
      return records;
    }

    /**
     * An owner has looked through it. Real compaction lags behind by minutes, longer than anybody
     * who has to look is away; here it lags two looks behind.
     */
    void looked() {
      cleanableTo = lookedTo;
      lookedTo = next;
    }

    /** Keeps the last record of each key, and drops tombstones that were kept once before. */
    void compact() {
      Set<String> seen = new HashSet<>();
      List<SimRecord> kept = new ArrayList<>();
      for (int i = records.size() - 1; i >= 0; i--) {
        SimRecord record = records.get(i);
        boolean cleanable = record.offset() < cleanableTo;
        boolean last = !cleanable || seen.add(record.key());
        boolean oldTombstone = record.value() == null && record.offset() < compactedTo;
        if (last && !oldTombstone) {
          kept.add(record);
        }
      }
      records.clear();
      records.addAll(kept.reversed());
      compactedTo = cleanableTo;
    }

    /**
     * Retention: what stands before an offset is gone, read or not.
     *
     * @return what was deleted
     */
    List<SimRecord> retainFrom(long offset) {
      beginning = Math.max(beginning, Math.min(offset, next));
      List<SimRecord> deleted = List.copyOf(records.subList(0, indexOf(beginning)));
      records.subList(0, deleted.size()).clear();
      return deleted;
    }

    /** Where the first record stands that is not older than that. */
    long offsetOf(long nanos) {
      for (SimRecord record : records) {
        if (record.nanos() >= nanos) {
          return record.offset();
        }
      }
      return next;
    }
  }
}
