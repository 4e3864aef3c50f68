package dev.relevo.simulation;

import java.util.Map;
import java.util.TreeMap;

/** A consumer that is assigned partitions, as the data consumers of all roles are. */
final class SimConsumer {
  /** How long a record takes from the broker to a consumer that waits for it. */
  static final long FETCH_NANOS = 2 * World.MS;

  private final SimProcess process;
  private final SimLog log;
  private final Map<Place, Long> positions;

  /** Takes what is read. */
  interface Sink {
    void take(Place place, SimRecord record);
  }

  SimConsumer(SimProcess process, SimLog log) {
    this.process = process;
    this.log = log;
    this.positions =
        new TreeMap<>(
            java.util.Comparator.comparing(Place::topic).thenComparingInt(Place::partition));
  }

  void assign(Place place, long position) {
    log.create(place).wakes(process);
    positions.put(place, position);
  }

  void unassign(Place place) {
    if (positions.remove(place) != null) {
      log.get(place).forget(process);
    }
  }

  void close() {
    positions.keySet().forEach(place -> log.get(place).forget(process));
    positions.clear();
  }

  long position(Place place) {
    Long position = positions.get(place);
    if (position == null) {
      throw new IllegalStateException(place + " is not assigned");
    }
    return position;
  }

  boolean isAssigned(Place place) {
    return positions.containsKey(place);
  }

  Iterable<Place> places() {
    return positions.keySet();
  }

  /** The offset behind the last record that can have been fetched of a partition. */
  long visibleEnd(Place place) {
    SimLog.Partition partition = log.get(place);
    long position = position(place);
    if (partition.isAway()) {
      return position;
    }
    long until = process.seesUntil(FETCH_NANOS);
    int index = partition.indexOf(position);
    long end = Math.max(position, partition.end());
    for (int i = partition.records().size() - 1; i >= index; i--) {
      SimRecord record = partition.records().get(i);
      if (record.nanos() <= until) {
        return end;
      }
      end = record.offset();
    }
    return Math.max(position, Math.min(end, partition.end()));
  }

  /**
   * Reads from a partition, at most so many records.
   *
   * @return how many
   */
  int poll(Place place, int most, Sink sink) {
    SimLog.Partition partition = log.get(place);
    Long from = positions.get(place);
    if (from != null && from < partition.beginning() && !partition.isAway()) {
      // What stood there is deleted: it goes on with the first record there is.
      from = partition.beginning();
      positions.put(place, from);
    }
    if (from == null || partition.isAway() || from >= partition.end()) {
      return 0;
    }
    long until = process.seesUntil(FETCH_NANOS);
    int read = 0;
    for (int i = partition.indexOf(from); i < partition.records().size() && read < most; i++) {
      SimRecord record = partition.records().get(i);
      if (record.nanos() > until || !positions.containsKey(place)) {
        break;
      }
      positions.put(place, record.offset() + 1);
      read++;
      sink.take(place, record);
    }
    return read;
  }
}
