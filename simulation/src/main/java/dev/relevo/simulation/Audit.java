package dev.relevo.simulation;

import dev.relevo.common.protocol.Assignment;
import dev.relevo.common.protocol.ControlRecord;
import dev.relevo.common.protocol.Failover;
import dev.relevo.common.protocol.Lane;
import dev.relevo.common.protocol.ReplyRecord;
import dev.relevo.common.protocol.StateRecord;
import dev.relevo.dispatcher.core.CoreGauges;
import dev.relevo.dispatcher.core.Effect;
import dev.relevo.simulation.Dispatches.At;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Watches everything and holds it to the invariants, with each record that is appended and each
 * decision that is made; nothing is looked through twice.
 */
final class Audit implements SimLog.Witness {
  final Dispatches dispatches;
  final NodeAudit nodes;
  private final World world;
  private final House house;
  private final Calm calm;
  private final Map<String, Truth> truths = new LinkedHashMap<>();
  private final Map<Place, Map<String, List<Stream>>> streams = new HashMap<>();
  private final Map<Integer, HomeAudit> homes = new TreeMap<>();
  private final Map<At, Asked> asked = new HashMap<>();

  Audit(World world, House house) {
    this.world = world;
    this.house = house;
    this.dispatches = new Dispatches(world, house, this);
    this.nodes = new NodeAudit(world, house);
    this.calm = new Calm(world, this);
  }

  Calm calm() {
    return calm;
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

  /** What a record of a lane asks for; null when it is no job. */
  @Nullable Asked asked(At at) {
    return asked.get(at);
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
    int home = place.partition();
    switch (place.topic()) {
      case House.JOBS -> lane(Lane.JOBS, place, record);
      case House.BATCH -> lane(Lane.BATCH, place, record);
      case House.STATE -> state(home, record);
      case House.DEAD ->
          home(home)
              .letters
              .append(record.key(), record.value() == null ? null : record.value(Buried.class));
      case House.ASSIGNMENTS, House.EVENTS, House.BEATS -> {}
      default -> {
        if (!place.equals(House.CONTROL)) {
          reply(place, record);
        } else if (record.value() instanceof ControlRecord.Cancel cancel) {
          cancelled(cancel.job(), record.stampMs());
        }
      }
    }
  }

  private static Object shown(SimRecord record) {
    return switch (record.value()) {
      case Submit submit -> submit.readable() ? "submit " + headers(submit) : "something malformed";
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
      case Buried(var letter, boolean _) -> "letter " + letter.code() + " " + letter.message();
      case null -> "tombstone";
      default -> record.value();
    };
  }

  private static String headers(Submit submit) {
    var replay = submit.headers().lastHeader("relevo-replay");
    return replay == null
        ? ""
        : "replay of " + new String(replay.value(), java.nio.charset.StandardCharsets.UTF_8);
  }

  private void lane(Lane lane, Place place, SimRecord record) {
    HomeAudit home = home(place.partition());
    if (!record.value(Submit.class).readable()) {
      home.letters.malformed(lane, record.offset());
      return;
    }
    Truth truth = truth(record.key());
    truth.stands(place.partition());
    Asked what = Asked.of(lane, record);
    asked.put(new At(place, record.offset()), what);
    if (what.replay() != null) {
      home.asks(record.key(), lane, record.offset(), what.replay());
      if (what.reply() != null) {
        follow(truth, what.reply(), what.from());
      }
    } else {
      calm.submitted(truth, new At(place, record.offset()), what);
    }
  }

  private void cancelled(String job, long stampMs) {
    Truth truth = truths.get(job);
    if (truth != null) {
      truth.cancelled(stampMs);
      calm.cancelled(truth);
    }
  }

  /** Somebody reads the answer to a replay, behind what stood there before. */
  private void follow(Truth truth, Place place, long from) {
    List<Stream> all = streams(place, truth.job.id());
    if (all.stream().noneMatch(stream -> stream.from() == from)) {
      Stream behind = new Stream(world, truth, place, from);
      all.getFirst().records().stream()
          .filter(record -> record.offset() >= from)
          .forEach(behind::append);
      if (house.log.find(place) == null) {
        // It was deleted before the replay was sent: nobody listens to that either.
        behind.vanish();
      }
      all.add(behind);
    }
  }

  private void reply(Place place, SimRecord record) {
    if (record.value() instanceof ReplyRecord && truths.containsKey(record.key())) {
      for (Stream stream : streams(place, record.key())) {
        if (record.offset() >= stream.from()) {
          stream.append(record);
        }
      }
    }
  }

  private List<Stream> streams(Place place, String job) {
    return streams
        .computeIfAbsent(place, any -> new HashMap<>())
        .computeIfAbsent(
            job, id -> new ArrayList<>(List.of(new Stream(world, truth(id), place, 0))));
  }

  /** What the readers have who wait for what a record of a lane asks for. */
  Stream stream(Place place, String job, Asked what) {
    List<Stream> all = streams(place, job);
    return all.stream()
        .filter(stream -> what.replay() != null && stream.from() == what.from())
        .findFirst()
        .orElse(all.getFirst());
  }

  /** A reply topic is deleted: nobody listens there any more. */
  void vanished(Place place, String job) {
    streams(place, job).forEach(Stream::vanish);
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

  /**
   * Retention took a record of a lane that no commit had passed: if nobody has noted its job yet,
   * nobody has to.
   */
  void deleted(Place place, SimRecord record) {
    int number = place.partition();
    HomeAudit home = home(number);
    Lane lane = place.topic().equals(House.JOBS) ? Lane.JOBS : Lane.BATCH;
    home.letters.lost(lane, record.offset());
    Asked what = asked.get(new At(place, record.offset()));
    if (what != null && home.current(record.key()) == null) {
      truth(record.key()).lost(number);
    }
    if (what != null && what.reply() != null) {
      // State does not say which partition of it, and nobody else can now.
      vanished(what.reply(), record.key());
    }
  }

  /** From where on a reply partition may be read again: the start of a job that has not ended. */
  long neededFrom(Place place) {
    long needed = Long.MAX_VALUE;
    for (Map.Entry<At, Asked> each : asked.entrySet()) {
      boolean here = place.equals(each.getValue().reply());
      if (here && !isOver(each.getKey())) {
        needed = Math.min(needed, each.getValue().from());
      }
    }
    return needed;
  }

  private boolean isOver(At at) {
    int home = at.place().partition();
    for (Truth truth : truths.values()) {
      At last = home(home).lastKnown(truth.job.id());
      if (at.equals(last)) {
        return home(home).isEnded(truth.job.id());
      }
    }
    return false;
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

  /** A dispatcher says where a job is: from now on it knows what it says. */
  void records(Effect.WriteState write) {
    HomeAudit home = home(write.home());
    if (write.record() != null && write.epoch() == home.epoch()) {
      home.knows(write.job(), write.record());
    }
  }

  /** A dispatcher's loop has turned. */
  void turned(SimDispatcher dispatcher) {
    CoreGauges gauges = dispatcher.core.gauges();
    Shape shape = house.shape;
    int poll = SimDispatcher.LANE_BATCH * 2 * shape.homes();
    within(dispatcher, "jobs in its window", gauges.windowJobs(), shape.window() + poll);
    // Who takes over finds parked what others had room for.
    // What was parked once and ran or waited inside comes back there when its owner is lost.
    int running = shape.nodes().stream().mapToInt(NodeShape::capacity).sum();
    long outside = (long) shape.parkedMax() * shape.homes() + running + shape.window() + poll;
    within(dispatcher, "parked jobs", gauges.parked(), outside);
    long bytes = (long) (shape.window() + poll) * Submit.BODY.length;
    within(dispatcher, "bytes in its window", gauges.windowBytes(), bytes);
  }

  private static void within(SimDispatcher dispatcher, String what, long has, long most) {
    if (has > most) {
      throw new Violation(
          Invariant.MEMORY_BOUNDED,
          dispatcher.name + " has " + has + " " + what + ", at most " + most);
    }
  }

  /** Why not everything has ended; empty when it has. */
  String unfinished() {
    for (Truth truth : truths.values()) {
      for (int home : truth.homes()) {
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
    for (HomeAudit home : homes.values()) {
      String unfinished = home.unfinished();
      if (!unfinished.isEmpty()) {
        return unfinished;
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
      if (reply != null && !truth.homes().isEmpty() && truth.forgotten.isEmpty()) {
        Stream stream = streams(reply, truth.job.id()).getFirst();
        if (!stream.isGone() && !stream.live().isEnded()) {
          throw new Violation(
              Invariant.ENDS, "the readers of job " + truth.job.id() + " still wait in " + reply);
        }
      }
    }
    homes.values().forEach(home -> home.finish(house.shape.dedupeMax()));
  }
}
