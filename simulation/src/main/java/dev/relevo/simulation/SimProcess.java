package dev.relevo.simulation;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A process of the house: it can be killed, and frozen for a while. What it had to do while it was
 * frozen is done when it wakes, in order.
 */
class SimProcess {
  final World world;
  final SimLog log;
  final String name;
  final Dice dice;
  private final List<Runnable> held = new ArrayList<>();
  private final List<SimProducer> producers = new ArrayList<>();
  private boolean alive = true;
  private boolean frozen;
  private long seesUntilNanos = Long.MAX_VALUE;
  private long clockOffsetMs;
  private long jumpedNanos = -1;
  private long frozeNanos;
  private long wokeNanos = -1;
  private long turn;
  private long nextTurnNanos = Long.MAX_VALUE;
  private int writesLeft = Integer.MAX_VALUE;

  /** The process dies in the middle of what it does. */
  static final class Killed extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Killed() {
      super("killed", null, false, false);
    }
  }

  SimProcess(World world, SimLog log, String name, Dice dice) {
    this.world = world;
    this.log = log;
    this.name = name;
    this.dice = dice;
  }

  boolean isAlive() {
    return alive;
  }

  boolean isFrozen() {
    return frozen;
  }

  boolean isWell() {
    return alive && !frozen;
  }

  /** Its own wall clock, milliseconds. */
  long epochMs() {
    return world.epochMs() + clockOffsetMs;
  }

  void jumpClock(long offsetMs) {
    if (offsetMs != clockOffsetMs) {
      jumpedNanos = world.nanos();
    }
    clockOffsetMs = offsetMs;
  }

  /** Whether its clock has run evenly, and it has worked without a pause, since a moment. */
  boolean isEvenSince(long nanos) {
    return jumpedNanos < nanos && wokeNanos < nanos;
  }

  /** When it woke the last time; -1 for never. */
  long wokeNanos() {
    return wokeNanos;
  }

  /** For how long it had stood still then. */
  long stoodNanos() {
    return wokeNanos - frozeNanos;
  }

  SimProducer producer(String purpose, long deliveryTimeoutMs) {
    SimProducer producer =
        new SimProducer(this, new Dice(world.seed, name + purpose), deliveryTimeoutMs);
    producers.add(producer);
    return producer;
  }

  /** Does something later, unless it is dead by then. */
  void after(long delayNanos, Runnable work) {
    world.at(world.nanos() + delayNanos, () -> run(work));
  }

  /** Does something now, or when it wakes. */
  final void run(Runnable work) {
    if (!alive) {
      return;
    }
    if (frozen) {
      held.add(work);
      return;
    }
    try {
      work.run();
    } catch (Killed e) {
      kill();
    }
  }

  /** Its loop turns at a moment, or before. */
  final void wakeAt(long moment) {
    if (!alive || moment >= nextTurnNanos) {
      return;
    }
    nextTurnNanos = moment;
    long number = ++turn;
    world.at(
        moment,
        () ->
            run(() -> {
              if (number == turn) {
                nextTurnNanos = Long.MAX_VALUE;
                turn();
              }
            }));
  }

  /** One turn of its loop. */
  void turn() {}

  /** Up to which moment's records it can have fetched. */
  final long seesUntil(long delayNanos) {
    return Math.min(seesUntilNanos, world.nanos() - delayNanos);
  }

  /** It dies at its n-th write from now on. */
  final void dieAfterWrites(int writes) {
    writesLeft = writes;
  }

  /** Called by its producers before a write goes out. */
  final void writes() {
    if (writesLeft-- <= 0) {
      throw new Killed();
    }
  }

  void kill() {
    if (!alive) {
      return;
    }
    world.trace(name + " is killed");
    alive = false;
    held.clear();
    producers.forEach(SimProducer::die);
  }

  /** Its end, with everything written that it had to write. */
  final void exit() {
    alive = false;
    held.clear();
    producers.forEach(SimProducer::silence);
  }

  final void slow(long forNanos) {
    producers.forEach(producer -> producer.slow(forNanos));
  }

  final void loseAcks(long forNanos) {
    producers.forEach(producer -> producer.loseAcks(forNanos));
  }

  void freeze() {
    if (isWell()) {
      world.trace(name + " freezes");
      frozen = true;
      frozeNanos = world.nanos();
      seesUntilNanos = world.nanos();
      producers.forEach(SimProducer::freeze);
    }
  }

  /** It wakes and first works on what it had fetched before. */
  void thaw() {
    if (!alive || !frozen) {
      return;
    }
    world.trace(name + " wakes");
    frozen = false;
    wokeNanos = world.nanos();
    producers.forEach(SimProducer::thaw);
    world.at(
        world.nanos() + dice.between(1, 200) * World.MS,
        () -> {
          seesUntilNanos = Long.MAX_VALUE;
          wakeAt(world.nanos());
        });
    List<Runnable> work = new ArrayList<>(held);
    held.clear();
    for (Runnable each : work) {
      run(each);
    }
  }

  /** Traces, at the price of nothing where nobody reads it. */
  final void tell(@Nullable Object... words) {
    if (world.isTracing()) {
      StringBuilder line = new StringBuilder(name);
      for (Object word : words) {
        line.append(' ').append(word);
      }
      world.trace(line.toString());
    }
  }
}
