package dev.relevo.simulation;

import dev.relevo.common.protocol.BeatRecord;
import dev.relevo.common.protocol.Lane;
import dev.relevo.dispatcher.core.DispatcherCore;
import dev.relevo.dispatcher.core.Lease;
import dev.relevo.dispatcher.core.Moment;
import dev.relevo.dispatcher.core.Strategies;
import dev.relevo.dispatcher.core.Ticks;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * A dispatcher: the real core, lease and state guard; its loop mirrors {@code DispatcherLoop},
 * where a wait of the real one is a gap between two tasks here.
 */
final class SimDispatcher extends SimProcess {
  private static final long LOOK_NANOS = 2_000 * World.MS;
  private static final int LATE_INTERVALS = 4;

  /** Jobs of one lane that one poll brings. */
  static final int LANE_BATCH = 2;

  private static final int BATCH = 10;

  /** How wrong a clock is that is looked at too seldom. */
  private static final long LATE_CLOCK_MS = 4_000;

  final House house;
  final DispatcherCore core;
  final SimGroup group;
  final SimConsumer data;
  final Lease lease;
  private final SimMembership membership;
  private final SimInputs inputs;
  private final SimOwnership ownership;
  private final SimEffects effects;
  private final SimProducer beats;
  private long silences;
  private boolean busy = true;
  private long beatNanos;
  private long beat;
  private final Ticks ticks = new Ticks();
  private long lookNanos;

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
    this.membership = new SimMembership(this);
    this.inputs = new SimInputs(this);
    this.ownership = new SimOwnership(this);
    after(dice.between(5, 300) * World.MS, this::catchUp);
  }

  Moment now() {
    boolean late = world.flaw == Flaw.DEADLINES_LATE;
    return new Moment(epochMs() - (late ? LATE_CLOCK_MS : 0), world.nanos());
  }

  long silences() {
    return silences;
  }

  /** Where a lane of a home is, unless somebody has taken one for the other. */
  Place lane(Lane lane, int home) {
    boolean swapped = world.flaw == Flaw.LANES_SWAPPED;
    return House.lane(swapped ? (lane == Lane.JOBS ? Lane.BATCH : Lane.JOBS) : lane, home);
  }

  /** Reads control and the beats there are, before anything is decided. */
  private void catchUp() {
    SimLog.Partition control = log.create(House.CONTROL);
    SimLog.Partition beating = log.create(House.HEARTBEATS);
    if (control.isAway() || beating.isAway()) {
      after(Ticks.PERIOD_NANOS, this::catchUp);
      return;
    }
    inputs.catchUp(control, beating, data);
    busy = false;
    group.join(this);
    wakeAt(world.nanos());
  }

  /** The group's word arrives; the loop hears it when it polls. */
  void given(int inGeneration, Set<Integer> homes) {
    membership.given(inGeneration, homes);
    wakeAt(world.nanos());
  }

  @Override
  void turn() {
    wakeAt(world.nanos() + Ticks.PERIOD_NANOS);
    if (busy) {
      return;
    }
    membership.poll();
    Set<Integer> homes = membership.takeChange();
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
      if (data.poll(place, most, inputs::polled) == most) {
        wakeAt(world.nanos() + World.MS);
      }
    }
    if (!core.homes().isEmpty() && !lease.holds(world.nanos())) {
      membership.prove();
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

  /** What it was doubtful about has changed: those that stay are opened anew. */
  void moved(Set<Integer> homes) {
    inputs.giveBack();
    sorted(core.homes()).forEach(ownership::close);
    busy = false;
    ownership.change(homes);
  }

  /** It still holds what it had: what was read before is decided on now. */
  void proven() {
    busy = false;
    decide();
  }

  private void decide() {
    inputs.takeAll();
    effects.drain();
    tick();
    core.place(now());
    core.takeEffects().forEach(effects::carryOut);
    membership.commit();
    house.audit.turned(this);
  }

  private void tick() {
    long nanos = world.nanos();
    if (ticks.isDue(nanos)) {
      long lateNanos = house.settings.heartbeatInterval().toNanos() * LATE_INTERVALS;
      boolean late = inputs.ownBeatAgeNanos() > lateNanos;
      core.tick(ownership::eventsCaughtUp, late, now());
      if (late) {
        house.audit.dispatches.excuses(this);
      }
      ticks.made(nanos, core.untilLossNanos(now()));
      wakeAt(nanos + ticks.untilNextNanos(nanos));
    }
  }

  /** Whether it takes homes over that somebody else had opened over its head. */
  private boolean look() {
    if (world.nanos() - lookNanos < LOOK_NANOS) {
      return false;
    }
    lookNanos = world.nanos();
    ownership.lookForOthers();
    return membership.reclaim();
  }

  private void beat() {
    if (world.nanos() - beatNanos >= house.settings.heartbeatInterval().toNanos()) {
      beatNanos = world.nanos();
      BeatRecord own = new BeatRecord.DispatcherBeat(name, beat++);
      beats.send(House.HEARTBEATS, SimRecord.of(name, null, own), (offset, missing) -> {});
    }
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
    membership.leave();
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
