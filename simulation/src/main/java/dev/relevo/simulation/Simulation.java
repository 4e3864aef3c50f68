package dev.relevo.simulation;

import java.util.List;
import java.util.Map;
import java.util.Objects;
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
  private final Client client;
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
    this.client = new Client(house);
  }

  static Outcome run(Plan plan, Flaw flaw, boolean tracing) {
    return new Simulation(plan, flaw, tracing).run();
  }

  private Outcome run() {
    plan.happenings().forEach(each -> world.at(each.atMs() * World.MS, () -> happen(each)));
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

  private void happen(Happening what) {
    if (world.isTracing()) {
      world.trace("* " + what.kind() + " " + what.who() + " " + what.amount() + " " + what.forMs());
    }
    String who = what.who();
    switch (what.kind()) {
      case SUBMIT, SUBMIT_AGAIN, SUBMIT_ELSEWHERE, SUBMIT_FOREIGN, CANCEL, DELETE_PLACE ->
          ask(what.kind(), Objects.requireNonNull(plan.jobs().get(who)));
      case START_NODE -> house.startNode(nodeShape(who));
      case START_DISPATCHER -> house.startDispatcher(who);
      case KILL_NODE, KILL_DISPATCHER -> {
        with(who, SimProcess::kill);
        restart(who, what.forMs());
      }
      case KILL_NODE_AT_WRITE, KILL_DISPATCHER_AT_WRITE -> {
        with(who, process -> process.dieAfterWrites((int) what.amount()));
        restart(who, what.forMs());
      }
      case FREEZE_NODE, FREEZE_DISPATCHER ->
          with(
              who,
              process -> {
                process.freeze();
                later(what.forMs(), process::thaw);
              });
      case DRAIN_NODE -> {
        SimNode node = house.nodes.get(who);
        if (node != null) {
          node.drain();
        }
      }
      case STOP_DISPATCHER -> {
        SimDispatcher dispatcher = house.dispatchers.get(who);
        if (dispatcher != null) {
          dispatcher.run(dispatcher::stop);
        }
      }
      case JUMP_CLOCK ->
          with(
              who,
              process -> {
                process.jumpClock(what.amount());
                later(what.forMs(), () -> process.jumpClock(0));
              });
      case SLOW -> with(who, process -> process.slow(what.forMs() * World.MS));
      case LOSE_ACKS -> with(who, process -> process.loseAcks(what.forMs() * World.MS));
      case BACKEND_AWAY -> {
        SimNode node = house.nodes.get(who);
        if (node != null) {
          node.health((int) what.amount(), false);
          later(what.forMs(), () -> node.health((int) what.amount(), true));
        }
      }
      case PARTITION_AWAY, BROKERS_AWAY -> {
        for (SimLog.Partition partition : house.log.all()) {
          if (what.kind() == Happening.Kind.BROKERS_AWAY
              || partition.place.toString().equals(who)) {
            partition.goAway();
            later(what.forMs(), partition::comeBack);
          }
        }
      }
      case COMPACT -> {
        for (int home = 0; home < plan.shape().homes(); home++) {
          house.log.get(new Place(House.STATE, home)).compact();
        }
      }
    }
  }

  private void ask(Happening.Kind kind, Job job) {
    switch (kind) {
      case SUBMIT, SUBMIT_AGAIN -> client.submit(job, job.home(), job.reply());
      case SUBMIT_ELSEWHERE ->
          client.submit(job, job.home(), new Place("relevo.replies.again." + job.id(), 0));
      case SUBMIT_FOREIGN ->
          client.submit(job, (job.home() + 1) % plan.shape().homes(), job.reply());
      case CANCEL -> client.cancel(job);
      case DELETE_PLACE -> client.deletePlace(job);
      default -> throw new IllegalArgumentException("nobody asks for " + kind);
    }
  }

  private void later(long delayMs, Runnable work) {
    world.at(world.nanos() + delayMs * World.MS, work);
  }

  private void with(String name, java.util.function.Consumer<SimProcess> work) {
    SimProcess process = house.dispatchers.get(name);
    if (process == null) {
      process = house.nodes.get(name);
    }
    if (process != null && process.isAlive()) {
      work.accept(process);
    }
  }

  private void restart(String name, long delayMs) {
    later(
        delayMs,
        () -> {
          if (house.dispatchers.containsKey(name)) {
            house.startDispatcher(name);
          } else if (house.nodes.containsKey(name)) {
            house.startNode(nodeShape(name));
          }
        });
  }

  private NodeShape nodeShape(String name) {
    return plan.shape().nodes().stream()
        .filter(node -> node.name().equals(name))
        .findFirst()
        .orElseThrow();
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
    later(LOOK_NANOS / World.MS, this::look);
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
    long sinceMs = world.nanos() / World.MS - plan.healsAtMs();
    if (unfinished.isEmpty() && world.steps() >= LEAST_STEPS) {
      // A little longer: what is left over must not change anything.
      later(plan.shape().dedupeMax() < 100 ? 8_000 : 1_500, () -> settled = true);
    } else if (sinceMs > SETTLES_WITHIN_MS && !unfinished.isEmpty()) {
      throw new Violation(
          Invariant.ENDS, SETTLES_WITHIN_MS + " ms after the last fault " + unfinished);
    } else {
      world.at(world.nanos() + LOOK_NANOS, this::look);
    }
  }
}
