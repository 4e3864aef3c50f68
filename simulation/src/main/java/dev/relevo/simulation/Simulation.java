package dev.relevo.simulation;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Runs one plan, and says whether the invariants held. */
final class Simulation {
  /** How long after the last fault everything has ended, milliseconds. */
  static final long SETTLES_WITHIN_MS = 60_000;

  /** No run is shorter than that. */
  static final long LEAST_STEPS = 500;

  private static final long LOOK_NANOS = 250 * World.MS;
  private static final long MAX_STEPS = 200_000;

  private final Plan plan;
  private final World world;
  private final House house;
  private final Outside outside;
  private boolean settled;

  /**
   * What came of a run.
   *
   * @param violation what did not hold; null when all did
   * @param history of the run, if it was asked for
   */
  record Outcome(long steps, @Nullable Violation violation, List<String> history) {}

  private Simulation(Plan plan, Flaw flaw, boolean tracing) {
    this.plan = plan;
    this.world = new World(plan.seed(), plan.codec(), flaw, tracing);
    this.house = new House(world, plan.shape());
    this.outside = new Outside(plan, world, house);
  }

  static Outcome run(Plan plan, Flaw flaw, boolean tracing) {
    return new Simulation(plan, flaw, tracing).run();
  }

  private Outcome run() {
    plan.happenings().forEach(each -> world.at(each.atMs() * World.MS, () -> outside.happen(each)));
    world.at(plan.healsAtMs() * World.MS, this::heal);
    try {
      while (!settled && world.step()) {
        if (world.steps() > MAX_STEPS) {
          throw new Violation(Invariant.ENDS, "after " + MAX_STEPS + " steps there is no end");
        }
      }
      house.audit.finish();
      return new Outcome(world.steps(), null, world.history());
    } catch (Violation e) {
      world.trace("VIOLATION of " + e.invariant() + ": " + e.getMessage());
      return new Outcome(world.steps(), e, world.history());
    } catch (RuntimeException e) {
      StackTraceElement[] stack = e.getStackTrace();
      String message = e + (stack.length == 0 ? "" : " at " + stack[0] + ", " + at(stack));
      world.trace("CRASH: " + message);
      return new Outcome(
          world.steps(), new Violation(Invariant.NO_CRASH, message), world.history());
    }
  }

  private static String at(StackTraceElement[] stack) {
    return stack.length < 4 ? "" : stack[1] + ", " + stack[2] + ", " + stack[3];
  }

  /** All faults are over: everybody is there and well from now on. */
  private void heal() {
    world.trace("* all faults are over");
    for (SimLog.Partition partition : house.log.all()) {
      if (partition.isAway()) {
        partition.comeBack();
      }
    }
    house.models.calm();
    heal(house.dispatchers);
    heal(house.nodes);
    plan.shape().dispatchers().forEach(house::startDispatcher);
    plan.shape().nodes().forEach(house::startNode);
    for (SimNode node : house.nodes.values()) {
      for (int i = 0; i < node.shape().backends().size(); i++) {
        node.health(i, true);
      }
    }
    house.audit.calm().from(world.nanos());
    world.at(Math.max(world.nanos(), plan.endsAtMs() * World.MS) + LOOK_NANOS, this::look);
  }

  private static void heal(Map<String, ? extends SimProcess> processes) {
    for (SimProcess process : processes.values()) {
      process.dieAfterWrites(Integer.MAX_VALUE);
      process.jumpClock(0);
      process.thaw();
    }
  }

  private void look() {
    String unfinished = house.audit.unfinished();
    long sinceMs = world.nanos() / World.MS - plan.endsAtMs();
    if (unfinished.isEmpty() && world.steps() >= LEAST_STEPS) {
      // A little longer: what is left over must not change anything.
      long leftOverMs = plan.shape().dedupeMax() < 100 ? 8_000 : 1_500;
      world.at(world.nanos() + leftOverMs * World.MS, () -> settled = true);
    } else if (sinceMs > SETTLES_WITHIN_MS && !unfinished.isEmpty()) {
      throw new Violation(
          Invariant.ENDS, SETTLES_WITHIN_MS + " ms after the last fault " + unfinished);
    } else {
      world.at(world.nanos() + LOOK_NANOS, this::look);
    }
  }
}
