package dev.relevo.dispatcher.core;

import dev.relevo.common.protocol.NodeBeat;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Finds the node for a job: filter (alive, ready, has the model, healthy, has room, not tried yet),
 * then the strategy's choice. A fallback model is only looked for when no live backend could answer
 * with the one before it.
 */
final class Placement {
  private final Fleet fleet;
  private final Strategies strategies;

  Placement(Fleet fleet, Strategies strategies) {
    this.fleet = fleet;
    this.strategies = strategies;
  }

  /** The node that takes it now, or null when it has to wait. */
  @Nullable Candidate find(JobEntry entry) {
    for (String model : entry.models()) {
      List<FleetNode> serving = fleet.serving(model);
      if (serving.isEmpty()) {
        continue;
      }
      List<Candidate> candidates = new ArrayList<>(serving.size());
      boolean anyUntried = serving.stream().anyMatch(node -> !entry.tried.contains(node.id()));
      for (FleetNode node : serving) {
        // Everybody was tried: better one of them again than nobody.
        boolean allowed = !anyUntried || !entry.tried.contains(node.id());
        NodeBeat.Backend backend = node.backendFor(model);
        if (allowed && node.hasRoom() && backend != null) {
          candidates.add(node.candidate(model, backend));
        }
      }
      if (candidates.isEmpty()) {
        return null;
      }
      return strategies.of(entry.headers().strategy()).choose(candidates, entry.affinity());
    }
    return null;
  }
}
