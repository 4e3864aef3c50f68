package dev.relevo.simulation;

import dev.relevo.common.protocol.Assignment;
import dev.relevo.common.protocol.DeadLetter;
import dev.relevo.common.protocol.EventRecord;
import dev.relevo.common.protocol.Failover;
import dev.relevo.common.protocol.NodeBeat;
import dev.relevo.common.protocol.StateRecord;
import dev.relevo.dispatcher.core.CoreGauges;
import dev.relevo.dispatcher.core.Effect;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * Watches everything and holds it to the invariants, with each record that is appended and each
 * decision that is made; nothing is looked through twice.
 */
final class Audit implements SimLog.Witness {
  /** A node whose beat was heard this lately, and that is well, is alive for anybody. */
  private static final long LATELY_NANOS = 1_200 * World.MS;

  /**
   * So long a dispatcher has to hear it: before, it may take it for an impostor of its old self.
   */
  private static final long STEADY_NANOS = 2_000 * World.MS;

  private static final long SETTLE_NANOS = 6_000 * World.MS;

  private final World world;
  private final House house;
  private final Map<String, Truth> truths = new LinkedHashMap<>();
  private final Map<Place, Map<String, Stream>> streams = new HashMap<>();
  private final Map<Integer, HomeAudit> homes = new HashMap<>();
  private final Map<SimDispatcher, Map<String, Heard>> heard = new HashMap<>();

  /** The last beat of a node that a dispatcher heard, and since when it hears it without a gap. */
  private record Heard(NodeBeat beat, long nanos, long sinceNanos) {}

  Audit(World world, House house) {
    this.world = world;
    this.house = house;
  }

  void expect(Job job) {
    truths.putIfAbsent(job.id(), new Truth(job));
  }

  Map<String, Truth> truths() {
    return truths;
  }

  boolean isPlain(String job) {
    Truth truth = truths.get(job);
    return truth == null || truth.job.plain();
  }

  private Truth truth(String job) {
    Truth truth = truths.get(job);
    if (truth == null) {
      throw new IllegalStateException("nobody submitted " + job);
    }
    return truth;
  }

  HomeAudit home(int home) {
    return homes.computeIfAbsent(home, number -> new HomeAudit(number, this));
  }

  Iterable<HomeAudit> homes() {
    return homes.values();
  }

  @Override
  public void appended(Place place, SimRecord record) {
    if (world.isTracing() && !place.equals(House.HEARTBEATS)) {
      world.trace(
          "  "
              + place
              + "@"
              + record.offset()
              + " "
              + record.key()
              + " "
              + (record.fence() == null ? "" : record.fence() + " ")
              + shown(record));
    }
    switch (place.topic()) {
      case House.JOBS, House.BATCH -> truth(record.key()).homes.add(place.partition());
      case House.STATE -> state(place.partition(), record);
      case House.DEAD ->
          home(place.partition())
              .letter(record.key(), record.value() == null ? null : record.value(DeadLetter.class));
      case House.ASSIGNMENTS, House.EVENTS, House.BEATS -> {}
      default -> {
        if (!place.equals(House.CONTROL)) {
          stream(place, record.key()).append(record);
        }
      }
    }
  }

  private static Object shown(SimRecord record) {
    return switch (record.value()) {
      case Submit submit -> "submit";
      case Assignment given ->
          "assignment to "
              + given.incarnation()
              + " first "
              + given.first()
              + " from "
              + given.startedOffset();
      case StateRecord.Job job ->
          job.status()
              + " epoch "
              + job.epoch()
              + " fence "
              + job.fence()
              + " node "
              + job.node()
              + " used "
              + job.attemptsUsed()
              + " of lane offset "
              + job.offset();
      case DeadLetter letter -> "letter " + letter.code() + " " + letter.message();
      case null -> "tombstone";
      default -> record.value();
    };
  }

  Stream stream(Place place, String job) {
    return streams
        .computeIfAbsent(place, any -> new HashMap<>())
        .computeIfAbsent(job, id -> new Stream(world, truth(id), place));
  }

  /** A reply topic is deleted: nobody listens there any more. */
  void vanished(Place place, String job) {
    stream(place, job).vanish();
  }

  private void state(int home, SimRecord record) {
    HomeAudit audit = home(home);
    if (record.value() instanceof StateRecord.Opened) {
      audit.opened(record.offset());
    } else if (record.value() instanceof StateRecord.Job job) {
      audit.job(truth(record.key()), job);
    } else {
      audit.forgotten(truth(record.key()), record.epoch());
    }
  }

  /** A model is asked. */
  void called(String job, String before, String whole) {
    Truth truth = truth(job);
    if (!before.isEmpty() && (truth.job.failover() == Failover.NONE || !truth.job.plain())) {
      throw new Violation(
          Invariant.FAILOVER_OBEYED,
          "job " + job + " may not be continued, and is, after " + before);
    }
    if (!truth.isBeginning(before)) {
      throw new Violation(
          Invariant.WHOLE_TEXT, "job " + job + " is continued after '" + before + "'");
    }
    truth.answers.add(whole);
  }

  /** A node runs an attempt. */
  void runs(SimNode node, Assignment assignment) {
    if (node.running() > node.shape().capacity()) {
      throw new Violation(
          Invariant.CAPACITY,
          node.name
              + " runs "
              + node.running()
              + " attempts, at most "
              + node.shape().capacity()
              + "; the last is "
              + assignment.fence());
    }
  }

  void ended(SimNode node, Assignment assignment, EventRecord.Finished finished) {
    if (node.running() < 0) {
      throw new Violation(
          Invariant.CAPACITY, node.name + " ended " + assignment.fence() + " twice: " + finished);
    }
  }

  void heard(SimDispatcher dispatcher, NodeBeat beat) {
    Map<String, Heard> nodes = heard.computeIfAbsent(dispatcher, any -> new HashMap<>());
    Heard before = nodes.get(beat.node());
    boolean goesOn =
        before != null
            && before.beat.incarnation().equals(beat.incarnation())
            && before.beat.state() == NodeBeat.State.READY
            && world.nanos() - before.nanos <= LATELY_NANOS;
    long since = before != null && goesOn ? before.sinceNanos : world.nanos();
    nodes.put(beat.node(), new Heard(beat, world.nanos(), since));
  }

  /** A dispatcher says where a job is: from now on it knows what it says. */
  void records(Effect.WriteState write) {
    HomeAudit home = home(write.home());
    if (write.record() != null && write.epoch() == home.epoch()) {
      home.knows(write.job(), write.record());
    }
  }

  /** A dispatcher gives a job to a node. */
  void assigns(SimDispatcher dispatcher, Effect.Assign assign) {
    Assignment given = assign.assignment();
    HomeAudit home = home(assign.home());
    Set<String> tried = home.tried(given.job());
    if (!tried.contains(given.node()) || given.fence().epoch() != home.epoch()) {
      return;
    }
    for (SimNode node : house.nodes.values()) {
      if (!tried.contains(node.name) && isAliveFor(dispatcher, node, given.model())) {
        throw new Violation(
            Invariant.UNTRIED_FIRST,
            "job "
                + given.job()
                + " goes to "
                + given.node()
                + " again, although "
                + node.name
                + " was not tried");
      }
    }
  }

  private boolean isAliveFor(SimDispatcher dispatcher, SimNode node, String model) {
    Heard last = heard.getOrDefault(dispatcher, Map.of()).get(node.name);
    if (last == null
        || !node.isReady()
        || !last.beat.incarnation().equals(node.incarnation)
        || last.beat.state() != NodeBeat.State.READY
        || world.nanos() - last.nanos > LATELY_NANOS
        || last.nanos - last.sinceNanos < STEADY_NANOS) {
      return false;
    }
    SimLog.Partition slot = house.log.get(new Place(House.ASSIGNMENTS, last.beat.slot()));
    boolean disturbed =
        slot.isAway() || (slot.backNanos() >= 0 && world.nanos() - slot.backNanos() < SETTLE_NANOS);
    return !disturbed
        && last.beat.backends().stream()
            .anyMatch(backend ->
                backend.health() != NodeBeat.Health.UNAVAILABLE && backend.serves(model));
  }

  /** A dispatcher's loop has turned. */
  void turned(SimDispatcher dispatcher) {
    CoreGauges gauges = dispatcher.core.gauges();
    int most = House.WINDOW + SimDispatcher.LANE_BATCH * 2 * house.shape.homes();
    if (gauges.windowJobs() > most) {
      throw new Violation(
          Invariant.MEMORY_BOUNDED,
          dispatcher.name
              + " has "
              + gauges.windowJobs()
              + " jobs in its window of "
              + House.WINDOW
              + ", at most "
              + most
              + " with what one poll brings");
    }
  }

  /** Why not everything has ended; empty when it has. */
  String unfinished() {
    for (Truth truth : truths.values()) {
      for (int home : truth.homes) {
        if (!home(home).isEnded(truth.job.id())) {
          return "job "
              + truth.job.id()
              + " of home "
              + home
              + " has not ended: "
              + home(home).current(truth.job.id());
        }
      }
    }
    for (SimNode node : house.nodes.values()) {
      if (node.isWell() && node.running() > 0) {
        return node.name + " still runs " + node.running() + " attempts";
      }
    }
    return "";
  }

  /** When everything is over: every reader was told, letters agree, little is remembered. */
  void finish() {
    for (Truth truth : truths.values()) {
      Place reply = truth.job.reply();
      if (reply != null && !truth.homes.isEmpty() && truth.forgotten.isEmpty()) {
        Stream stream = stream(reply, truth.job.id());
        if (!stream.isGone() && !stream.live().isEnded()) {
          throw new Violation(
              Invariant.ENDS, "the readers of job " + truth.job.id() + " still wait in " + reply);
        }
      }
    }
    homes.values().forEach(home -> home.finish(house.shape.dedupeMax()));
  }
}
