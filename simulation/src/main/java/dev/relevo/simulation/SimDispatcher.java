package dev.relevo.simulation;

import dev.relevo.common.protocol.BeatRecord;
import dev.relevo.common.protocol.ControlRecord;
import dev.relevo.common.protocol.EventRecord;
import dev.relevo.common.protocol.Fence;
import dev.relevo.common.protocol.Lane;
import dev.relevo.common.protocol.NodeBeat;
import dev.relevo.dispatcher.core.DispatcherCore;
import dev.relevo.dispatcher.core.JobRecord;
import dev.relevo.dispatcher.core.Lease;
import dev.relevo.dispatcher.core.Moment;
import dev.relevo.dispatcher.core.Strategies;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * A dispatcher: the real core, lease and state guard; its loop, membership and take-over mirror
 * {@code DispatcherLoop}, {@code Membership} and {@code Ownership}, where a wait of the real one is
 * a gap between two tasks here.
 */
final class SimDispatcher extends SimProcess {
  private static final long LONGEST_POLL_NANOS = 100 * World.MS;
  private static final long TICK_NANOS = 50 * World.MS;
  private static final long LOOK_NANOS = 2_000 * World.MS;
  private static final int LATE_INTERVALS = 4;

  /** Jobs of one lane that one poll brings. */
  static final int LANE_BATCH = 2;

  private static final int BATCH = 10;

  final House house;
  final DispatcherCore core;
  final SimGroup group;
  final SimConsumer data;
  final Lease lease;
  private final SimOwnership ownership;
  private final SimEffects effects;
  private final SimProducer beats;
  private final List<Read> batch = new ArrayList<>();
  private final Deque<Given> given = new ArrayDeque<>();
  private @Nullable Set<Integer> change;
  private Set<Integer> homes = Set.of();
  private int generation;
  private long silences;
  private boolean busy = true;
  private long ownBeatNanos;
  private long beatNanos;
  private long beat;
  private long commitNanos;
  private long tickNanos;
  private long lookNanos;

  /** A record that was polled and not taken yet. */
  private record Read(Place place, SimRecord record) {}

  /** What the group said and the loop has not heard yet. */
  private record Given(int generation, Set<Integer> homes) {}

  SimDispatcher(House house, String name, Dice dice) {
    super(house.world, house.log, name, dice);
    this.house = house;
    this.group = house.group;
    Strategies strategies = new Strategies(house.settings.strategy(), dice.random());
    this.core = new DispatcherCore(name, house.settings, House.TOPICS, strategies, dice.random());
    this.data = new SimConsumer(this, house.log);
    this.lease = new Lease(house.settings.sessionTimeout());
    this.beats = producer("beats", 6_000);
    this.effects = new SimEffects(this);
    this.ownership = new SimOwnership(this);
    this.ownBeatNanos = world.nanos();
    after(dice.between(5, 300) * World.MS, this::catchUp);
  }

  Moment now() {
    return new Moment(epochMs(), world.nanos());
  }

  long silences() {
    return silences;
  }

  /** Reads control and the beats there are, before anything is decided. */
  private void catchUp() {
    SimLog.Partition control = log.create(House.CONTROL);
    SimLog.Partition beating = log.create(House.HEARTBEATS);
    if (control.isAway() || beating.isAway()) {
      after(LONGEST_POLL_NANOS, this::catchUp);
      return;
    }
    data.assign(House.CONTROL, control.beginning());
    data.assign(House.HEARTBEATS, beating.beginning());
    control.records().forEach(record -> core.control(record.value(ControlRecord.class), now()));
    List<SimRecord> old = List.copyOf(beating.records());
    for (SimRecord record : old) {
      beat(record, old.getLast().nanos() - record.nanos());
    }
    data.assign(House.CONTROL, control.end());
    data.assign(House.HEARTBEATS, beating.end());
    busy = false;
    group.join(this);
    wakeAt(world.nanos());
  }

  /** The group's word arrives; the loop hears it when it polls. */
  void given(int inGeneration, Set<Integer> homes) {
    given.add(new Given(inGeneration, homes));
    wakeAt(world.nanos());
  }

  @Override
  void turn() {
    wakeAt(world.nanos() + LONGEST_POLL_NANOS);
    if (busy) {
      return;
    }
    pollMembership();
    Set<Integer> homes = takeChange();
    if (homes != null) {
      ownership.change(homes);
      if (busy) {
        return;
      }
    }
    if (look()) {
      return;
    }
    beat();
    ownership.steer();
    for (Place place : toRead()) {
      boolean lane = place.topic().equals(House.JOBS) || place.topic().equals(House.BATCH);
      int most = lane ? LANE_BATCH : BATCH;
      if (data.poll(place, most, (at, record) -> batch.add(new Read(at, record))) == most) {
        wakeAt(world.nanos() + World.MS);
      }
    }
    if (!core.homes().isEmpty() && !lease.holds(world.nanos())) {
      prove();
    } else {
      decide();
    }
  }

  private List<Place> toRead() {
    List<Place> places = new ArrayList<>();
    data.places()
        .forEach(place -> {
          if (!ownership.isPaused(place)) {
            places.add(place);
          }
        });
    return places;
  }

  private void pollMembership() {
    for (Given each = given.poll(); each != null; each = given.poll()) {
      generation = each.generation;
      change = each.homes;
      if (each.generation >= 0) {
        lease.renewFrom(world.nanos());
      } else {
        group.join(this);
      }
    }
  }

  private @Nullable Set<Integer> takeChange() {
    Set<Integer> taken = change;
    if (taken != null) {
      homes = taken;
    }
    change = null;
    return taken;
  }

  /** After a pause nothing is decided before the group has accepted a commit. */
  private void prove() {
    busy = true;
    long sentNanos = world.nanos();
    Map<Place, Long> offsets = committable();
    group.commit(
        this,
        generation,
        offsets,
        isTaken -> {
          if (isTaken) {
            accepted(offsets, sentNanos);
          } else {
            pollMembership();
          }
          Set<Integer> now = takeChange();
          if (now != null) {
            giveBack();
            sorted(core.homes()).forEach(ownership::close);
            busy = false;
            ownership.change(now);
          } else if (lease.holds(world.nanos())) {
            busy = false;
            decide();
          } else {
            after(50 * World.MS, this::prove);
          }
        });
  }

  /** What was polled belongs to homes that may be gone; what concerns the house still counts. */
  private void giveBack() {
    batch.removeIf(read -> !isHouse(read.place));
    batch.forEach(this::take);
    batch.clear();
  }

  private static boolean isHouse(Place place) {
    return place.equals(House.CONTROL) || place.equals(House.HEARTBEATS);
  }

  private void decide() {
    List<Read> read = List.copyOf(batch);
    batch.clear();
    read.forEach(this::take);
    effects.drain();
    tick();
    core.place(now());
    core.takeEffects().forEach(effects::carryOut);
    commit();
    house.audit.turned(this);
  }

  private void take(Read read) {
    SimRecord record = read.record;
    int home = read.place.partition();
    switch (read.place.topic()) {
      case House.JOBS -> job(Lane.JOBS, home, record);
      case House.BATCH -> job(Lane.BATCH, home, record);
      case House.EVENTS -> {
        Fence fence = Objects.requireNonNull(record.fence());
        EventRecord event = record.value(EventRecord.class);
        core.event(home, record.offset(), record.key(), fence, event, now());
      }
      case House.BEATS -> beat(record, 0);
      default -> core.control(record.value(ControlRecord.class), now());
    }
  }

  private void job(Lane lane, int home, SimRecord record) {
    core.job(home, record(lane, record), now());
  }

  /** A record of a lane as the core takes it. */
  static JobRecord record(Lane lane, SimRecord record) {
    return new JobRecord(
        lane,
        record.offset(),
        record.epochMs(),
        record.key(),
        record.value(Submit.class).headers(),
        Submit.BODY);
  }

  private void beat(SimRecord record, long ageNanos) {
    switch (record.value(BeatRecord.class)) {
      case NodeBeat beat -> {
        core.beat(beat, record.offset(), ageNanos, now());
        house.audit.heard(this, beat);
      }
      case BeatRecord.DispatcherBeat own -> {
        if (own.dispatcher().equals(name)) {
          ownBeatNanos = world.nanos();
        }
      }
    }
  }

  private void tick() {
    long nanos = world.nanos();
    if (nanos - tickNanos >= TICK_NANOS) {
      tickNanos = nanos;
      long lateNanos = house.settings.heartbeatInterval().toNanos() * LATE_INTERVALS;
      core.tick(ownership::eventsCaughtUp, nanos - ownBeatNanos > lateNanos, now());
    }
  }

  /** Whether it takes homes over that somebody else had opened over its head. */
  private boolean look() {
    if (world.nanos() - lookNanos < LOOK_NANOS) {
      return false;
    }
    lookNanos = world.nanos();
    ownership.lookForOthers();
    return reclaim();
  }

  private void beat() {
    if (world.nanos() - beatNanos >= house.settings.heartbeatInterval().toNanos()) {
      beatNanos = world.nanos();
      BeatRecord own = new BeatRecord.DispatcherBeat(name, beat++);
      beats.send(House.HEARTBEATS, SimRecord.of(name, null, own), (offset, missing) -> {});
    }
  }

  private void commit() {
    if (world.nanos() - commitNanos >= house.settings.commitInterval().toNanos()
        && !core.homes().isEmpty()) {
      commitNanos = world.nanos();
      long sentNanos = world.nanos();
      Map<Place, Long> offsets = committable();
      group.commit(
          this,
          generation,
          offsets,
          isTaken -> {
            if (isTaken) {
              accepted(offsets, sentNanos);
            }
          });
    }
  }

  private void accepted(Map<Place, Long> offsets, long sentNanos) {
    lease.renewFrom(sentNanos);
    offsets.forEach((place, offset) -> {
      for (Lane lane : Lane.values()) {
        if (place.equals(House.lane(lane, place.partition()))) {
          core.committed(place.partition(), lane, offset);
        }
      }
    });
  }

  /**
   * Opens again what somebody else opened though the group names us, if the group says so still.
   */
  private boolean reclaim() {
    Set<Integer> missing = new TreeSet<>(homes);
    missing.removeAll(core.homes());
    if (missing.isEmpty()) {
      return false;
    }
    busy = true;
    long sentNanos = world.nanos();
    Map<Place, Long> offsets = committable();
    group.commit(
        this,
        generation,
        offsets,
        isTaken -> {
          if (!isTaken || !homes.containsAll(missing)) {
            goOn();
            return;
          }
          accepted(offsets, sentNanos);
          tell("opens homes", missing, "again, for which the group names it");
          ownership.open(missing);
        });
    return true;
  }

  /** What may be committed of everything that is owned. */
  private Map<Place, Long> committable() {
    Map<Place, Long> offsets = new HashMap<>();
    boolean tooFar = world.flaw == Flaw.COMMITTED_TOO_FAR;
    for (int home : core.homes()) {
      for (Lane lane : Lane.values()) {
        Place place = House.lane(lane, home);
        offsets.put(place, tooFar ? data.position(place) : core.committable(home, lane));
      }
      Place events = new Place(House.EVENTS, home);
      offsets.put(events, tooFar ? data.position(events) : core.eventsCommittable(home));
    }
    return offsets;
  }

  static List<Integer> sorted(Set<Integer> homes) {
    return homes.stream().sorted().toList();
  }

  /** The loop waits until {@link #goOn}. */
  void block() {
    busy = true;
  }

  void goOn() {
    busy = false;
    wakeAt(world.nanos());
  }

  SimOwnership ownership() {
    return ownership;
  }

  /** Something cannot be written: the dispatcher stops, and is started again. */
  void breakDown() {
    world.trace(name + " stops: something cannot be written");
    stop();
  }

  /** Stops cleanly: what was decided goes out, and the group is left. */
  void stop() {
    if (!isWell()) {
      return;
    }
    world.trace(name + " stops");
    group.commit(this, generation, committable(), accepted -> {});
    data.close();
    exit();
    world.at(world.nanos() + 20 * World.MS, () -> group.leave(this));
    house.stopped(this);
  }

  @Override
  void kill() {
    if (isAlive()) {
      silences++;
      super.kill();
      data.close();
      group.silent(this);
    }
  }

  @Override
  void freeze() {
    if (isWell()) {
      silences++;
      super.freeze();
      group.silent(this);
    }
  }

  @Override
  void thaw() {
    if (isAlive() && isFrozen()) {
      super.thaw();
      if (isAlive() && !group.has(this)) {
        // It learns of it by its next heartbeat to the group, not at once.
        after(
            dice.between(1, 300) * World.MS,
            () -> {
              if (!group.has(this)) {
                given(-1, Set.of());
              }
            });
      }
    }
  }
}
