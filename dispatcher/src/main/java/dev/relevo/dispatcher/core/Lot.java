package dev.relevo.dispatcher.core;

import dev.relevo.common.protocol.Lane;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.SequencedMap;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** Jobs that wait outside the window and ask for the same models, by lane and tenant. */
final class Lot {
  private static final int LOOKS = 16;

  /** One list for all of them, in memory. */
  final List<String> models;

  private final Map<Lane, SequencedMap<String, Queue>> lanes = new EnumMap<>(Lane.class);
  private final Map<Lane, Reading> readings = new EnumMap<>(Lane.class);

  /** Bodies that are on their way; those that were never read yet weigh nothing here. */
  static final class Reading {
    private int jobs;
    private long bytes;

    int jobs() {
      return jobs;
    }

    long bytes() {
      return bytes;
    }

    private void add(int moreJobs, int moreBytes) {
      jobs += moreJobs;
      bytes += moreBytes;
    }
  }

  /** A tenant's jobs of one lane, in their order. */
  static final class Queue {
    /** One text for all of them, in memory. */
    final String tenant;

    final PriorityQueue<Turn> turns = new PriorityQueue<>(Turn.ORDER);

    /** This tenant's bodies. */
    final Reading own = new Reading();

    /** Everybody's in this lane. */
    final Reading all;

    Queue(String tenant, Reading all) {
      this.tenant = tenant;
      this.all = all;
    }

    boolean isEmpty() {
      return turns.isEmpty() && own.jobs == 0;
    }

    /** When a body was asked for last. */
    long askedNanos;

    /** A body was asked for. */
    void asked(int bytes) {
      own.add(1, bytes);
      all.add(1, bytes);
    }

    /** It came, or will not come. */
    void answered(int bytes) {
      own.add(-1, -bytes);
      all.add(-1, -bytes);
    }
  }

  Lot(List<String> models) {
    this.models = models;
    for (Lane lane : Lane.values()) {
      lanes.put(lane, new LinkedHashMap<>());
    }
  }

  Queue queue(Lane lane, String tenant) {
    Reading all = readings.computeIfAbsent(lane, any -> new Reading());
    return queues(lane).computeIfAbsent(tenant, any -> new Queue(tenant, all));
  }

  /** Who waits in a lane, or is on the way back from it. */
  boolean has(Lane lane) {
    return !queues(lane).isEmpty();
  }

  boolean isEmpty() {
    return lanes.values().stream().allMatch(Map::isEmpty);
  }

  /** Those who are next in a lane; a few will do. */
  Stream<Queue> first(Lane lane) {
    return queues(lane).values().stream().limit(LOOKS);
  }

  /** Tenants with jobs in a lane. */
  int tenants(Lane lane) {
    return queues(lane).size();
  }

  /** Those of them that have none in a line. */
  int tenantsBeside(Line line, Lane lane) {
    return (int) queues(lane).keySet().stream().filter(tenant -> !line.has(tenant)).count();
  }

  /** A tenant's jobs in a lane that has some, another's each time; who has none left goes. */
  Queue next(Lane lane) {
    SequencedMap<String, Queue> queues = queues(lane);
    Map.Entry<String, Queue> first = queues.pollFirstEntry();
    if (first == null) {
      throw new IllegalStateException("nobody waits in lane " + lane.text());
    }
    if (!first.getValue().isEmpty()) {
      queues.putLast(first.getKey(), first.getValue());
    }
    return first.getValue();
  }

  /** Forgets turns, and tenants without any. */
  void removeIf(Predicate<Turn> gone) {
    for (Map<String, Queue> queues : lanes.values()) {
      queues.values().forEach(queue -> queue.turns.removeIf(gone));
      queues.values().removeIf(Queue::isEmpty);
    }
  }

  private SequencedMap<String, Queue> queues(Lane lane) {
    SequencedMap<String, Queue> queues = lanes.get(lane);
    if (queues == null) {
      throw new IllegalStateException("no queues for lane " + lane.text());
    }
    return queues;
  }
}
