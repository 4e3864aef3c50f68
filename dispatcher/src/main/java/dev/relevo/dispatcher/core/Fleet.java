package dev.relevo.dispatcher.core;

import dev.relevo.common.protocol.Fence;
import dev.relevo.common.protocol.MalformedRecordException;
import dev.relevo.common.protocol.NodeBeat;
import dev.relevo.common.registry.RegisteredNode;
import dev.relevo.common.registry.Registry;
import dev.relevo.common.registry.RegistryStep;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The nodes as this dispatcher knows them: who lives, who has room for what. */
final class Fleet {
  /** Models of which it is remembered who serves them. */
  private static final int MAX_KNOWN = 10_000;

  private final int missedBeats;
  private final Registry registry;
  private final Map<String, FleetNode> nodes = new TreeMap<>();

  /** Who serves what, since the last change. */
  private final Map<String, List<FleetNode>> serving = new HashMap<>();

  /**
   * A node that does not have any more what it had.
   *
   * @param message for people
   */
  record Gone(String node, String incarnation, String message) {}

  Fleet(int missedBeats) {
    this.missedBeats = missedBeats;
    this.registry = new Registry(missedBeats);
  }

  /**
   * @param homes the homes whose attempts are this dispatcher's own
   */
  List<Gone> beat(NodeBeat beat, long offset, long nanos, Set<Integer> homes) {
    serving.clear();
    return switch (registry.apply(beat, offset, nanos)) {
      case RegistryStep.Registered registered -> {
        renew(new FleetNode(registered.node().beat()), beat, homes);
        yield List.of();
      }
      case RegistryStep.Updated _ -> {
        FleetNode known = nodes.get(beat.node());
        renew(known == null ? new FleetNode(beat) : known, beat, homes);
        yield List.of();
      }
      case RegistryStep.Replaced replaced -> {
        renew(new FleetNode(beat), beat, homes);
        yield List.of(gone(replaced.before(), "was started anew"));
      }
      case RegistryStep.Left left -> {
        nodes.remove(beat.node());
        yield List.of(gone(left.before(), "left"));
      }
      case RegistryStep.Refused _, RegistryStep.Ignored _ -> List.of();
    };
  }

  List<Gone> expire(long nanos, boolean ownBeatsLate) {
    serving.clear();
    List<RegisteredNode> expired = registry.expire(nanos, ownBeatsLate);
    List<Gone> gone = new ArrayList<>(expired.size());
    if (ownBeatsLate) {
      nodes.values().forEach(node -> node.excuse(nanos));
    } else {
      findDeaf(nanos, gone);
    }
    for (RegisteredNode node : expired) {
      nodes.remove(node.id());
      long silentMs = TimeUnit.NANOSECONDS.toMillis(nanos - node.readNanos());
      gone.add(gone(node, "was silent for " + silentMs + " ms"));
    }
    return gone;
  }

  /**
   * A node that beats but does not read is as good as gone (protocol section 3). Its beats are
   * followed all the same: they tell when it reads again.
   */
  private void findDeaf(long nanos, List<Gone> gone) {
    for (FleetNode node : nodes.values()) {
      if (node.isDeafNow(nanos, patienceNanos(node))) {
        gone.add(
            new Gone(
                node.id(),
                node.beat().incarnation(),
                "node " + node.id() + " beats but does not read its slot"));
      }
    }
  }

  private long patienceNanos(FleetNode node) {
    return TimeUnit.MILLISECONDS.toNanos(node.beat().intervalMs()) * missedBeats;
  }

  /**
   * When the first node is given up if nothing is heard of any; {@link Long#MAX_VALUE} if never.
   */
  long nextLossNanos() {
    long next = registry.nextExpiryNanos();
    for (FleetNode node : nodes.values()) {
      next = Math.min(next, node.deafFromNanos(patienceNanos(node)));
    }
    return next;
  }

  private void renew(FleetNode node, NodeBeat beat, Set<Integer> homes) {
    node.renew(beat, attemptsOfOthers(beat, homes));
    nodes.put(beat.node(), node);
  }

  private static Gone gone(RegisteredNode node, String what) {
    return new Gone(node.id(), node.incarnation(), "node " + node.id() + " " + what);
  }

  /** The newest beat of a live incarnation, or null. */
  @Nullable NodeBeat beat(String node, String incarnation) {
    FleetNode known = nodes.get(node);
    return known != null && known.is(incarnation) ? known.beat() : null;
  }

  /** The ready nodes that can answer with a model, room or not, by id. */
  List<FleetNode> serving(String model) {
    if (serving.size() == MAX_KNOWN) {
      serving.clear();
    }
    return serving.computeIfAbsent(model, this::look);
  }

  private List<FleetNode> look(String model) {
    return nodes.values().stream()
        .filter(node -> node.isReady() && node.backendFor(model) != null)
        .toList();
  }

  /** Those that answer with the first of these models that anybody has. */
  List<FleetNode> servers(List<String> models) {
    for (String model : models) {
      List<FleetNode> nodes = serving(model);
      if (!nodes.isEmpty()) {
        return nodes;
      }
    }
    return List.of();
  }

  /** Whether a ready node can answer with one of these models, room or not. */
  boolean serves(List<String> models) {
    return models.stream().anyMatch(model -> !serving(model).isEmpty());
  }

  /** The ready nodes that could take one more, by id. */
  List<FleetNode> withRoom() {
    List<FleetNode> room = new ArrayList<>(nodes.size());
    for (FleetNode node : nodes.values()) {
      if (node.isReady() && node.hasRoom()) {
        room.add(node);
      }
    }
    return room;
  }

  /** A live node. */
  FleetNode node(String id) {
    FleetNode known = nodes.get(id);
    if (known == null) {
      throw new IllegalArgumentException("node " + id + " is not alive");
    }
    return known;
  }

  int ready() {
    return (int) nodes.values().stream().filter(FleetNode::isReady).count();
  }

  void take(String node, String incarnation) {
    FleetNode known = nodes.get(node);
    if (known != null && known.is(incarnation)) {
      known.take();
    }
  }

  /** A node has a job that may be what kills nodes. */
  void watch(String node, JobEntry entry) {
    FleetNode known = nodes.get(node);
    if (known != null) {
      known.watch(entry);
    }
  }

  void assigned(String node, String incarnation, long offset, long nanos) {
    FleetNode known = nodes.get(node);
    if (known != null && known.is(incarnation)) {
      known.assigned(offset, nanos);
    }
  }

  /** It has not read in time what Kafka holds for it at an offset of its slot. */
  void unread(String node, String incarnation, long offset) {
    FleetNode known = nodes.get(node);
    if (known != null && known.is(incarnation)) {
      known.doubt(offset);
    }
  }

  void release(String node, String incarnation) {
    FleetNode known = nodes.get(node);
    if (known != null && known.is(incarnation)) {
      known.release();
    }
  }

  void fullUntilNextBeat(String node, String incarnation) {
    FleetNode known = nodes.get(node);
    if (known != null && known.is(incarnation)) {
      known.fullUntilNextBeat();
    }
  }

  private static int attemptsOfOthers(NodeBeat beat, Set<Integer> homes) {
    int others = 0;
    for (String fence : beat.attempts().keySet()) {
      try {
        if (!homes.contains(Fence.parse(fence).home())) {
          others++;
        }
      } catch (MalformedRecordException e) {
        others++;
      }
    }
    return others;
  }
}
