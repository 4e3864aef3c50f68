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

  /** A tenant's jobs of one lane, in their order. */
  static final class Queue {
    /** One text for all of them, in memory. */
    final String tenant;

    final PriorityQueue<Turn> turns = new PriorityQueue<>(Turn.ORDER);

    /** Bodies that are on their way. */
    int reading;

    Queue(String tenant) {
      this.tenant = tenant;
    }

    boolean isEmpty() {
      return turns.isEmpty() && reading == 0;
    }
  }

  Lot(List<String> models) {
    this.models = models;
    for (Lane lane : Lane.values()) {
      lanes.put(lane, new LinkedHashMap<>());
    }
  }

  Queue queue(Lane lane, String tenant) {
    return queues(lane).computeIfAbsent(tenant, Queue::new);
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
