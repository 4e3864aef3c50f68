package dev.relevo.node.core;

import dev.relevo.common.protocol.NodeBeat;
import java.util.List;
import java.util.Map;

/**
 * How a node is, as its last beat told it.
 *
 * @param node its id
 * @param incarnation of this start
 * @param state whether it takes work
 * @param slot the partition of assignments it reads, -1 before it has one
 * @param capacity attempts at once
 * @param running attempts that run now
 * @param backends what it can run
 * @param complaints by backend name why it is not available, for people
 */
public record NodeReadiness(
    String node,
    String incarnation,
    NodeBeat.State state,
    int slot,
    int capacity,
    int running,
    List<NodeBeat.Backend> backends,
    Map<String, String> complaints) {
  public NodeReadiness {
    backends = List.copyOf(backends);
    complaints = Map.copyOf(complaints);
  }

  /** Whether it takes work and at least one backend can do some. */
  public boolean isReady() {
    return state == NodeBeat.State.READY
        && backends.stream().anyMatch(b -> b.health() != NodeBeat.Health.UNAVAILABLE);
  }
}
