package dev.relevo.simulation;

import dev.relevo.common.protocol.Assignment;
import dev.relevo.common.protocol.ControlRecord;
import dev.relevo.common.protocol.Lane;
import dev.relevo.common.protocol.NodeBeat;
import dev.relevo.dispatcher.core.Effect;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Holds each decision to give a job to a node to what the dispatcher had read by then. */
final class Dispatches {
  /** Beats that are no further apart than this go on without a gap. */
  private static final long GAP_NANOS = 1_200 * World.MS;

  /**
   * So long a dispatcher has to hear a node: before, it may take it for an impostor of its old
   * self, or not know yet that it reads again.
   */
  private static final long STEADY_NANOS = 2_000 * World.MS;

  /** Of so many a dispatcher has to have missed all before it gives a node up. */
  private static final int MISSED_BEATS = 3;

  private static final long SETTLE_NANOS = 6_000 * World.MS;

  /** A dispatcher looks at its clock this often. */
  private static final long TICK_MS = 50;

  private final World world;
  private final House house;
  private final Audit audit;
  private final Map<SimDispatcher, Known> known = new HashMap<>();
  private final Set<Place> given = new HashSet<>();
  private final Map<At, Long> firstRead = new HashMap<>();

  /** A record's place. */
  record At(Place place, long offset) {}

  /**
   * The last beat of a node that a dispatcher heard.
   *
   * @param sinceNanos since when it hears it without a gap
   * @param doubtedUntilNanos until when it may be taken for an impostor of its old self
   */
  private record Heard(NodeBeat beat, long nanos, long sinceNanos, long doubtedUntilNanos) {
    boolean isDoubted() {
      return nanos < doubtedUntilNanos;
    }

    Heard doubtedUntil(long untilNanos) {
      return new Heard(beat, nanos, sinceNanos, untilNanos);
    }
  }

  /** A cancel that a dispatcher has read: since when, and the newest by the broker's clock. */
  private record Cancelled(long nanos, long stampMs) {}

  /** What one dispatcher has read. */
  private static final class Known {
    final Map<String, Heard> nodes = new HashMap<>();
    final Map<String, Cancelled> cancels = new HashMap<>();
    final Set<Lane> paused = EnumSet.noneOf(Lane.class);

    /** Jobs that it met for the first time, with the lane's record. */
    final Map<String, At> met = new LinkedHashMap<>();

    /** Those of them that were never given out and wait. */
    final Set<String> waiting = new HashSet<>();

    private @Nullable Turns turns;

    Turns turns(SimDispatcher dispatcher) {
      Turns known = turns;
      if (known == null) {
        known = new Turns(dispatcher.name);
        turns = known;
      }
      return known;
    }

    /** A job does not wait any more. */
    void tidy(SimDispatcher dispatcher, Audit audit, Job job) {
      boolean more =
          waiting.stream()
              .map(id -> audit.truths().get(id))
              .anyMatch(other ->
                  other != null
                      && other.job.lane() == job.lane()
                      && other.job.tenant().equals(job.tenant()));
      if (!more) {
        turns(dispatcher).nobodyWaits(job.lane(), job.tenant());
      }
    }
  }

  Dispatches(World world, House house, Audit audit) {
    this.world = world;
    this.house = house;
    this.audit = audit;
  }

  private Known known(SimDispatcher dispatcher) {
    return known.computeIfAbsent(dispatcher, any -> new Known());
  }

  /**
   * A dispatcher hears a beat.
   *
   * @param ageNanos how old it is, for one that starts and reads what stands there
   */
  void heard(SimDispatcher dispatcher, NodeBeat beat, long ageNanos) {
    Map<String, Heard> nodes = known(dispatcher).nodes;
    Heard before = nodes.get(beat.node());
    long heard = world.nanos() - ageNanos;
    boolean goesOn =
        before != null
            && before.beat.incarnation().equals(beat.incarnation())
            && before.beat.state() == NodeBeat.State.READY
            && heard - before.nanos <= GAP_NANOS;
    long since = before != null && goesOn ? before.sinceNanos : heard;
    long doubted = 0;
    if (before != null) {
      boolean another = !before.beat.incarnation().equals(beat.incarnation());
      doubted = another ? world.nanos() + STEADY_NANOS : before.doubtedUntilNanos;
    }
    nodes.put(beat.node(), new Heard(beat, heard, since, doubted));
  }

  /** While its own beats are late nobody falls silent: who was in doubt stays so for longer. */
  void excuses(SimDispatcher dispatcher) {
    long until = world.nanos() + STEADY_NANOS;
    known(dispatcher)
        .nodes
        .replaceAll((node, last) -> last.isDoubted() ? last.doubtedUntil(until) : last);
  }

  void ordered(SimDispatcher dispatcher, SimRecord record, ControlRecord order) {
    Known its = known(dispatcher);
    switch (order) {
      case ControlRecord.Cancel cancel ->
          its.cancels.merge(
              cancel.job(),
              new Cancelled(world.nanos(), record.stampMs()),
              (before, newer) -> newer.stampMs < before.stampMs ? before : newer);
      case ControlRecord.Pause pause -> its.paused.add(pause.lane());
      case ControlRecord.Resume resume -> its.paused.remove(resume.lane());
      case ControlRecord.Drain _, ControlRecord.BackendOrder _ -> {}
    }
  }

  /** A dispatcher reads a record of a lane. */
  void reads(SimDispatcher dispatcher, Place place, SimRecord record) {
    Submit submit = record.value(Submit.class);
    Known its = known(dispatcher);
    At at = new At(place, record.offset());
    firstRead.putIfAbsent(at, world.nanos());
    if (submit.readable()
        && !its.met.containsKey(record.key())
        && audit.home(place.partition()).current(record.key()) == null) {
      its.met.put(record.key(), at);
      its.waiting.add(record.key());
    }
  }

  /** Since when some dispatcher knows of a record; null while it stands unread. */
  @Nullable Long knownSince(At at) {
    return firstRead.get(at);
  }

  /** A dispatcher gives up a home: what it meets there later it meets anew. */
  void closed(SimDispatcher dispatcher, int home) {
    Known its = known(dispatcher);
    its.met.entrySet().removeIf(job -> job.getValue().place().partition() == home);
    its.waiting.retainAll(its.met.keySet());
    its.turns = null;
  }

  /** A dispatcher decides something about a job: it does not just wait any more. */
  void decides(SimDispatcher dispatcher, Effect effect) {
    String job =
        switch (effect) {
          case Effect.WriteState write -> write.job();
          case Effect.Settle settle -> settle.job();
          case Effect.Reply reply -> reply.job();
          case Effect.Bury bury -> bury.job();
          case Effect.Assign assign -> assign.assignment().job();
          case Effect.ReadBack _, Effect.ReadBody _ -> null;
        };
    Known its = known(dispatcher);
    Truth truth = job == null ? null : audit.truths().get(job);
    if (job == null || truth == null || effect instanceof Effect.Assign) {
      return;
    }
    its.waiting.remove(job);
    its.tidy(dispatcher, audit, truth.job);
  }

  /** A dispatcher gives a job to a node. */
  void assigns(SimDispatcher dispatcher, Effect.Assign assign) {
    Assignment job = assign.assignment();
    HomeAudit home = audit.home(assign.home());
    // Also what a dispatcher gave out that was not the owner any more.
    boolean fresh = given.add(new Place(job.job(), assign.home()));
    if (job.fence().epoch() != home.epoch()) {
      return;
    }
    Known its = known(dispatcher);
    At at = home.lastKnown(job.job());
    Asked asked = at == null ? null : audit.asked(at);
    if (at != null && asked != null) {
      Lane lane = at.place().topic().equals(House.JOBS) ? Lane.JOBS : Lane.BATCH;
      inTime(dispatcher, job, fresh, asked);
      notCancelled(dispatcher, its, job, asked);
      notPaused(dispatcher, its, job, lane);
      inOrder(dispatcher, its, job, lane, asked, fresh);
    }
    untriedFirst(its, home, job);
  }

  private void inTime(SimDispatcher dispatcher, Assignment job, boolean first, Asked asked) {
    if (!dispatcher.isEvenSince(world.nanos() - TICK_MS * World.MS)) {
      return;
    }
    long dueMs = first ? Math.min(asked.dueMs(), asked.takeByMs()) : asked.dueMs();
    long lateMs = dispatcher.epochMs() - dueMs;
    if (lateMs > TICK_MS) {
      throw new Violation(
          Invariant.DEADLINES,
          dispatcher.name
              + " gives job "
              + job.job()
              + " to "
              + job.node()
              + " "
              + lateMs
              + " ms after its time was over");
    }
  }

  private void notCancelled(SimDispatcher dispatcher, Known its, Assignment job, Asked asked) {
    Cancelled cancelled = its.cancels.get(job.job());
    if (cancelled != null
        && asked.isMeantBy(cancelled.stampMs)
        && house.shape.cancelsMax() > audit.truths().size()) {
      throw new Violation(
          Invariant.CANCELS_COUNT,
          dispatcher.name
              + " gives job "
              + job.job()
              + " to "
              + job.node()
              + ", "
              + (world.nanos() - cancelled.nanos) / World.MS
              + " ms after it read that it is cancelled");
    }
  }

  private static void notPaused(SimDispatcher dispatcher, Known its, Assignment job, Lane lane) {
    if (its.paused.contains(lane)) {
      throw new Violation(
          Invariant.PAUSES_HOLD,
          dispatcher.name + " gives job " + job.job() + " of paused lane " + lane + " to a node");
    }
  }

  /** Holds what is given out against what was never given out and waits for the same node. */
  private void inOrder(
      SimDispatcher dispatcher, Known its, Assignment job, Lane lane, Asked asked, boolean fresh) {
    Heard node = its.nodes.get(job.node());
    Truth truth = audit.truths().get(job.job());
    if (node == null || truth == null) {
      return;
    }
    Map<String, Job> others = new TreeMap<>();
    for (String id : its.waiting) {
      Truth waits = audit.truths().get(id);
      At at = its.met.get(id);
      Asked theirs = at == null ? null : audit.asked(at);
      if (waits == null
          || at == null
          || theirs == null
          || !dispatcher.core.homes().contains(at.place().partition())
          || its.paused.contains(waits.job.lane())
          || !couldTake(node.beat, waits.job.models().getFirst())) {
        continue;
      }
      boolean sameLane = waits.job.lane() == lane;
      if (lane == Lane.BATCH && !sameLane) {
        throw new Violation(
            Invariant.LANES_IN_ORDER,
            dispatcher.name
                + " gives bulk job "
                + job.job()
                + " to "
                + job.node()
                + " while job "
                + id
                + " waits, which that node could take");
      }
      boolean sameTenant = waits.job.tenant().equals(truth.job.tenant());
      if (sameLane && !sameTenant) {
        others.putIfAbsent(waits.job.tenant(), waits.job);
      } else if (sameLane && fresh && waits.job.models().equals(truth.job.models())) {
        its.turns(dispatcher).inTurn(truth.job, asked, waits.job, theirs);
      }
    }
    its.turns(dispatcher).gets(job.incarnation(), truth.job, others);
  }

  private static boolean couldTake(NodeBeat beat, String model) {
    return beat.backends().stream()
        .anyMatch(backend ->
            backend.health() == NodeBeat.Health.AVAILABLE
                && !backend.breaker().equals("OPEN")
                && backend.serves(model));
  }

  private void untriedFirst(Known its, HomeAudit home, Assignment job) {
    Set<String> tried = home.tried(job.job());
    if (!tried.contains(job.node())) {
      return;
    }
    for (SimNode node : house.nodes.values()) {
      if (!tried.contains(node.name) && isAliveFor(its.nodes, node, job.model())) {
        throw new Violation(
            Invariant.UNTRIED_FIRST,
            "job "
                + job.job()
                + " goes to "
                + job.node()
                + " again, although "
                + node.name
                + " was not tried");
      }
    }
  }

  /** Whether a dispatcher that goes by what it has heard must count on a node, which is well. */
  private boolean isAliveFor(Map<String, Heard> nodes, SimNode node, String model) {
    Heard last = nodes.get(node.name);
    if (last == null
        || !node.isReady()
        || !last.beat.incarnation().equals(node.incarnation)
        || last.beat.state() != NodeBeat.State.READY
        || world.nanos() - last.nanos >= last.beat.intervalMs() * MISSED_BEATS * World.MS
        || last.isDoubted()) {
      return false;
    }
    SimLog.Partition slot = house.log.get(new Place(House.ASSIGNMENTS, last.beat.slot()));
    boolean disturbed =
        slot.isAway() || (slot.backNanos() >= 0 && world.nanos() - slot.backNanos() < SETTLE_NANOS);
    boolean reads = !disturbed && last.nanos - last.sinceNanos >= STEADY_NANOS;
    // Who has read all there is in its slot is deaf for nobody.
    return (reads || last.beat.position() >= slot.end())
        && last.beat.backends().stream()
            .anyMatch(backend ->
                backend.health() != NodeBeat.Health.UNAVAILABLE
                    && !backend.breaker().equals("OPEN")
                    && backend.serves(model));
  }
}
