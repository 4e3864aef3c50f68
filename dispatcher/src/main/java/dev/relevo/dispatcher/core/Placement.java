package dev.relevo.dispatcher.core;

import dev.relevo.common.protocol.Assignment;
import dev.relevo.common.protocol.Fence;
import dev.relevo.common.protocol.Lane;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.Predicate;
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

  /** Whose turn it is on a node, of a line. */
  private record Next(Open from, Line.Offer offer) {
    Turn turn() {
      return offer.turn();
    }
  }

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
      while (node.hasRoom() && placeOne(lane, node, here, open, now)) {
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
  private boolean placeOne(
      Lane lane, FleetNode node, List<Open> here, List<Open> open, Moment now) {
    boolean bulk = lane == Lane.BATCH;
    Next next = next(lane, node, here, line -> !bulk || !isReserved(line));
    Candidate candidate = next == null ? null : choose(next.turn().entry(), next.from);
    if (next == null || candidate == null) {
      return false;
    }
    FleetNode taker = around.fleet.node(candidate.node());
    Next due = bulk ? dueThere(lane, taker, next.turn(), open) : null;
    if (due == null) {
      give(lane, taker, next.turn(), candidate, now);
    } else {
      give(lane, taker, due.turn(), candidate(taker, due.from.model), now);
    }
    return true;
  }

  private @Nullable Next next(
      Lane lane, FleetNode node, List<Open> lines, Predicate<Open> mayTake) {
    Next best = null;
    for (Open open : lines) {
      if (open.line.isEmpty() || !mayTake.test(open)) {
        continue;
      }
      Line.Offer offer =
          open.line.next(node.shares(lane), entry -> isAllowed(entry, node, open.nodes));
      if (offer != null && (best == null || offer.isBefore(best.offer))) {
        best = new Next(open, offer);
      }
    }
    return best;
  }

  /**
   * A place that bulk work is about to take is reserved for nobody any more: it goes to whose turn
   * it is on that node, also of those who were to leave it free. Else who asks for what few nodes
   * have would wait for as long as others have bulk work for these nodes.
   *
   * @param chosen who is about to take it
   * @return who goes before, or null
   */
  private @Nullable Next dueThere(Lane lane, FleetNode node, Turn chosen, List<Open> open) {
    Next due = next(lane, node, open, line -> line.takers.contains(node) && isReserved(line));
    long start = node.shares(lane).start(chosen.entry().tenant());
    return due != null && due.offer.isBefore(new Line.Offer(chosen, start)) ? due : null;
  }

  private void give(Lane lane, FleetNode node, Turn turn, Candidate candidate, Moment now) {
    String tenant = turn.entry().tenant();
    node.shares(lane).take(tenant, around.weight(tenant));
    around.line.served(turn);
    assign(turn.shard(), turn.entry(), candidate, now);
  }

  private @Nullable Candidate choose(JobEntry entry, Open from) {
    List<Candidate> candidates = new ArrayList<>(from.takers.size());
    for (FleetNode node : from.takers) {
      if (node.hasRoom() && isAllowed(entry, node, from.nodes)) {
        candidates.add(candidate(node, from.model));
      }
    }
    return candidates.isEmpty()
        ? null
        : strategies.of(entry.headers().strategy()).choose(candidates, entry.affinity());
  }

  /** A node as a strategy sees it; it has a backend that takes jobs for the model. */
  private static Candidate candidate(FleetNode node, String model) {
    return node.candidate(model, Objects.requireNonNull(node.backendFor(model)));
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
