package dev.relevo.dispatcher.core;

import dev.relevo.common.protocol.Assignment;
import dev.relevo.common.protocol.Fence;
import dev.relevo.common.protocol.NodeBeat;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Gives jobs to nodes: filter (alive, ready, has the model, healthy, has room, not tried yet), then
 * the strategy's choice. A fallback model is only looked for when no live backend could answer with
 * the one before it.
 */
final class Placement {
  private final Surroundings around;
  private final Strategies strategies;

  Placement(Surroundings around, Strategies strategies) {
    this.around = around;
    this.strategies = strategies;
  }

  /** Gives what waits to nodes that have room, in order. */
  void advance(Moment now) {
    around.line.advance(
        now,
        entry -> !around.cancels.isPaused(entry.lane),
        (shard, entry) -> {
          Candidate candidate = find(entry);
          if (candidate != null) {
            assign(shard, entry, candidate, now);
          }
          return candidate != null;
        });
  }

  /** The node that takes it now, or null when it has to wait. */
  private @Nullable Candidate find(JobEntry entry) {
    for (String model : entry.models()) {
      List<FleetNode> serving = around.fleet.serving(model);
      if (serving.isEmpty()) {
        continue;
      }
      List<Candidate> candidates = new ArrayList<>(serving.size());
      boolean anyUntried = serving.stream().anyMatch(node -> !entry.tried().contains(node.id()));
      for (FleetNode node : serving) {
        // Everybody was tried: better one of them again than nobody.
        boolean allowed = !anyUntried || !entry.tried().contains(node.id());
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

  private void assign(Shard shard, JobEntry entry, Candidate candidate, Moment now) {
    boolean first = shard.isFirst(entry);
    Fence fence = shard.nextFence();
    entry.assigned = true;
    entry.fence = fence;
    entry.apply(JobTrigger.ASSIGNED);
    entry.attempt =
        new Attempt(
            fence, candidate.node(), candidate.incarnation(), candidate.model(), false, now);
    around.fleet.take(candidate.node(), candidate.incarnation());
    shard.record(entry, now);
    Assignment assignment =
        new Assignment(
            entry.id,
            fence,
            candidate.node(),
            candidate.incarnation(),
            entry.attemptsUsed + 1,
            first,
            entry.startedOffset,
            candidate.model(),
            entry.headers().withDeadlineMs(entry.deadlineMs));
    byte[] body = entry.record().value();
    shard.emit(
        new Effect.Assign(
            shard.home, candidate.slot(), assignment, body == null ? new byte[0] : body));
  }
}
