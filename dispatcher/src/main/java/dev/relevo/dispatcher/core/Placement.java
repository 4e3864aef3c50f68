package dev.relevo.dispatcher.core;

import dev.relevo.common.protocol.Assignment;
import dev.relevo.common.protocol.Fence;
import dev.relevo.common.protocol.Lane;
import dev.relevo.common.protocol.NodeBeat;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Gives jobs to nodes (protocol section 4, Whose turn it is). First whose turn it is: for a node
 * with room, of all jobs that it could take, those of {@code relevo.jobs} before bulk work, then by
 * the tenants' {@link Shares}, then by priority and age. Then where it goes: filter (alive, ready,
 * has the model, healthy, has room, not tried yet), and the strategy's choice. A fallback model is
 * only looked for when no live backend could answer with the one before it.
 */
final class Placement {
  private static final int PERCENT = 100;

  private final Surroundings around;
  private final Strategies strategies;

  Placement(Surroundings around, Strategies strategies) {
    this.around = around;
    this.strategies = strategies;
  }

  /**
   * A line that some node with room serves.
   *
   * @param nodes who serves it
   * @param takers those of them with a backend that is not full
   */
  private record Open(Line line, String model, List<FleetNode> nodes, List<FleetNode> takers) {}

  /** Gives what waits to nodes that have room, in order. */
  void advance(Moment now) {
    around.line.wake(now);
    for (Lane lane : Lane.values()) {
      List<FleetNode> nodes = around.fleet.withRoom();
      if (nodes.isEmpty()) {
        return;
      }
      if (!around.cancels.isPaused(lane) && !around.line.lines(lane).isEmpty()) {
        advance(lane, nodes, now);
      }
    }
  }

  private void advance(Lane lane, List<FleetNode> nodes, Moment now) {
    List<Open> open = open(lane);
    Set<FleetNode> awaited = lane == Lane.BATCH ? around.parking.awaited(now) : Set.of();
    for (FleetNode node : nodes) {
      if (awaited.contains(node)) {
        continue;
      }
      List<Open> here = open.stream().filter(line -> line.takers.contains(node)).toList();
      while (node.hasRoom() && placeOne(lane, node, here, now)) {
        open.removeIf(line -> line.line.isEmpty());
      }
    }
  }

  private List<Open> open(Lane lane) {
    List<Open> open = new ArrayList<>();
    for (Line line : around.line.lines(lane)) {
      for (String model : line.models()) {
        List<FleetNode> serving = around.fleet.serving(model);
        if (!serving.isEmpty()) {
          List<FleetNode> takers = serving.stream().filter(node -> node.takes(model)).toList();
          if (takers.stream().anyMatch(FleetNode::hasRoom)) {
            open.add(new Open(line, model, serving, takers));
          }
          break;
        }
      }
    }
    return open;
  }

  /** Finds whose turn it is on a node, and places it there or where its strategy likes better. */
  private boolean placeOne(Lane lane, FleetNode node, List<Open> here, Moment now) {
    Open from = null;
    Line.Offer best = null;
    for (Open open : here) {
      if (open.line.isEmpty() || (lane == Lane.BATCH && isReserved(open))) {
        continue;
      }
      Line.Offer offer =
          open.line.next(node.shares(lane), entry -> isAllowed(entry, node, open.nodes));
      if (offer != null && (best == null || offer.isBefore(best))) {
        from = open;
        best = offer;
      }
    }
    if (from == null || best == null) {
      return false;
    }
    Turn turn = best.turn();
    JobEntry entry = turn.entry();
    Candidate candidate = choose(entry, from);
    if (candidate == null) {
      return false;
    }
    String tenant = entry.tenant();
    around.fleet.share(candidate.node(), lane).take(tenant, around.weight(tenant));
    around.line.served(turn);
    assign(turn.shard(), entry, candidate, now);
    return true;
  }

  private @Nullable Candidate choose(JobEntry entry, Open from) {
    List<Candidate> candidates = new ArrayList<>(from.takers.size());
    for (FleetNode node : from.takers) {
      NodeBeat.Backend backend = node.backendFor(from.model);
      if (node.hasRoom() && backend != null && isAllowed(entry, node, from.nodes)) {
        candidates.add(node.candidate(from.model, backend));
      }
    }
    return candidates.isEmpty()
        ? null
        : strategies.of(entry.headers().strategy()).choose(candidates, entry.affinity());
  }

  /** Not a node that was tried, unless everybody was: better one of them again than nobody. */
  private boolean isAllowed(JobEntry entry, FleetNode node, List<FleetNode> serving) {
    if (node.hasSuspect() && entry.isSuspect(around.maxAttempts(entry))) {
      return false;
    }
    return entry.tried().isEmpty()
        || !entry.tried().contains(node.id())
        || serving.stream().allMatch(other -> entry.tried().contains(other.id()));
  }

  /** Whether the free places for a model are those that bulk work leaves to others. */
  private boolean isReserved(Open open) {
    int places = 0;
    int free = 0;
    for (FleetNode node : open.takers) {
      places += node.places();
      free += node.free();
    }
    int percent = around.settings.batchReserve();
    boolean none = percent == 0 || places <= 1;
    int reserve = none ? 0 : Math.max(1, (int) ((long) places * percent / PERCENT));
    return free <= reserve;
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
    if (entry.isSuspect(around.maxAttempts(entry))) {
      around.fleet.watch(candidate.node(), entry);
    }
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
            entry.replayedAtMs,
            candidate.model(),
            entry.headers().withDeadlineMs(entry.deadlineMs));
    byte[] body = entry.record().value();
    shard.emit(
        new Effect.Assign(
            shard.home, candidate.slot(), assignment, body == null ? new byte[0] : body));
  }
}
