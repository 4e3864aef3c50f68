package dev.relevo.launcher.storm;

import dev.relevo.launcher.ProcessHouse;
import dev.relevo.launcher.RelevoProcess;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * The processes of a storm and what goes wrong with them. Each target has a thread that carries out
 * its faults one after the other and starts it again each time, as a service manager would. The
 * broker's thread waits until nobody is just starting, and nobody starts while it is away: a role
 * that finds no Kafka gives up, which is not what a storm is about.
 */
final class StormFleet implements AutoCloseable {
  /** Of a node that finds its name taken. */
  private static final int REPLACED_EXIT_CODE = 2;

  private final ProcessHouse house;
  private final Steering steering;
  private final Map<String, RelevoProcess> current = new LinkedHashMap<>();
  private final Map<String, Life> lives = new LinkedHashMap<>();
  private final List<Started> all = new ArrayList<>();
  private final Queue<String> problems = new ConcurrentLinkedQueue<>();
  private final Queue<Happened> happened = new ConcurrentLinkedQueue<>();
  private final ReentrantReadWriteLock brokerThere = new ReentrantReadWriteLock(true);
  private volatile StormClock clock = new StormClock();

  /** Whoever can drain a node. */
  interface Steering {
    void drain(String node) throws Exception;
  }

  /** A process, dead or alive. */
  record Started(String target, int number, RelevoProcess process) {}

  /** A fault, when it was over. */
  record Happened(Fault fault, long fromMs, long toMs) {}

  StormFleet(ProcessHouse house, Steering steering) {
    this.house = house;
    this.steering = steering;
    lives.put(StormPlan.BROKER, new Life(StormPlan.BROKER));
    StormPlan.DISPATCHERS.forEach(target -> lives.put(target, new Life(target)));
    StormPlan.NODES.forEach(target -> lives.put(target, new Life(target)));
    remember(StormPlan.BROKER, house.broker());
  }

  /** Starts all of them. */
  void start() throws Exception {
    for (String target : StormPlan.DISPATCHERS) {
      remember(target, house.dispatcher());
    }
    for (String target : StormPlan.NODES) {
      remember(target, startNode(target));
    }
    for (RelevoProcess process : List.copyOf(current.values())) {
      process.ready();
    }
  }

  private RelevoProcess startNode(String id) throws Exception {
    String lonely =
        """
            - name: lonely
              type: echo
              models: [%s]
        """
            .formatted(StormPlan.LONELY_MODEL);
    return house.node(
        id,
        """
        node:
          id: %s
          capacity: 12
          heartbeat-interval: 500ms
          drain-timeout: 2s
          backends:
            - type: echo
            - name: forgetful
              type: echo
              models: [again-slow]
              capabilities: { continue-prefix: false }
        """
                .formatted(id)
            + (id.equals(StormPlan.LONELY_NODE) ? lonely : ""));
  }

  private synchronized void remember(String target, RelevoProcess process) {
    long number = all.stream().filter(started -> started.target().equals(target)).count() + 1;
    all.add(new Started(target, (int) number, process));
    current.put(target, process);
  }

  private synchronized RelevoProcess process(String target) {
    return current.get(target);
  }

  /** Carries out all faults of a plan, and returns when everybody is up again. */
  void carryOut(StormPlan plan, StormClock time) throws Exception {
    clock = time;
    lives.values().forEach(life -> life.is(Life.State.UP, 0));
    try (ExecutorService threads = Executors.newThreadPerTaskExecutor(daemons())) {
      List<Future<?>> runs = new ArrayList<>();
      for (String target : lives.keySet()) {
        runs.add(threads.submit(() -> carryOut(target, plan.faultsOf(target))));
      }
      for (Future<?> run : runs) {
        run.get();
      }
    }
  }

  private static ThreadFactory daemons() {
    return Thread.ofPlatform().daemon().name("storm-", 0).factory();
  }

  private void carryOut(String target, List<Fault> faults) {
    try {
      for (Fault fault : faults) {
        if (!clock.awaitUntil(fault.atMs())) {
          return;
        }
        if (!process(target).isAlive()) {
          problems.add("%s had ended by itself before %s".formatted(target, fault));
        }
        long fromMs = clock.nowMs();
        carryOut(fault);
        happened.add(new Happened(fault, fromMs, clock.nowMs()));
      }
    } catch (Exception | AssertionError e) {
      problems.add(target + ": " + e);
      clock.callOff();
    }
  }

  private void carryOut(Fault fault) throws Exception {
    String target = fault.target();
    if (target.equals(StormPlan.BROKER)) {
      brokerThere.writeLock().lock();
      try {
        end(fault);
        house.restartBroker();
        remember(target, house.broker());
        is(target, Life.State.UP);
      } finally {
        brokerThere.writeLock().unlock();
      }
      return;
    }
    switch (fault.kind()) {
      case FREEZE -> {
        freeze(target, fault.lastsMs());
        process(target).thaw();
        is(target, Life.State.UP);
      }
      case REPLACE -> replace(target, fault.lastsMs());
      case KILL, LEAVE, DRAIN -> {
        end(fault);
        start(target);
      }
    }
  }

  private void freeze(String target, long lastsMs) throws Exception {
    process(target).freeze();
    is(target, Life.State.FROZEN);
    clock.awaitUntil(clock.nowMs() + lastsMs);
  }

  private void replace(String target, long lastsMs) throws Exception {
    RelevoProcess old = process(target);
    freeze(target, lastsMs);
    try {
      start(target);
    } finally {
      old.thaw();
    }
    int code = old.exitCode();
    if (code != REPLACED_EXIT_CODE) {
      problems.add("%s was replaced and ended with %d:\n%s".formatted(target, code, tail(old)));
    }
  }

  /** Ends a process, and waits as long as it has to be away. */
  private void end(Fault fault) throws Exception {
    String target = fault.target();
    RelevoProcess process = process(target);
    if (fault.kind() == Fault.Kind.KILL) {
      process.kill();
    } else {
      is(target, Life.State.DRAINING);
      if (fault.kind() == Fault.Kind.DRAIN) {
        steering.drain(target);
      } else {
        process.terminate();
      }
      int code = process.exitCode();
      if (code != 0) {
        problems.add(
            "%s was %s and ended with %d:\n%s"
                .formatted(target, fault.kind().done, code, tail(process)));
      }
    }
    is(target, Life.State.DOWN);
    clock.awaitUntil(clock.nowMs() + fault.lastsMs());
    is(target, Life.State.STARTING);
  }

  private void start(String target) throws Exception {
    brokerThere.readLock().lock();
    try {
      is(target, Life.State.STARTING);
      RelevoProcess process =
          StormPlan.NODES.contains(target) ? startNode(target) : house.dispatcher();
      remember(target, process);
      process.ready();
      is(target, Life.State.UP);
    } finally {
      brokerThere.readLock().unlock();
    }
  }

  private void is(String target, Life.State state) {
    lives.get(target).is(state, clock.nowMs());
  }

  /** Ends everybody in good order, the broker last. */
  void stop() throws Exception {
    List<String> targets = new ArrayList<>(StormPlan.NODES);
    targets.addAll(StormPlan.DISPATCHERS);
    for (String target : targets) {
      if (!process(target).isAlive()) {
        problems.add(target + " ended by itself:\n" + tail(process(target)));
      } else {
        process(target).terminate();
      }
    }
    targets.add(StormPlan.BROKER);
    for (String target : targets) {
      RelevoProcess process = process(target);
      if (target.equals(StormPlan.BROKER)) {
        process.terminate();
      }
      int code = process.exitCode();
      if (code != 0) {
        problems.add(
            "%s was stopped at the end, with exit code %d:\n%s"
                .formatted(target, code, tail(process)));
      }
    }
  }

  /** What went wrong with processes, beyond what was meant to; and what they printed. */
  synchronized List<String> problems() {
    List<String> found = new ArrayList<>(problems);
    for (Started started : all) {
      String printed = started.process().everything();
      if (printed.contains("\tat ")
          || printed.contains("Something broke")
          || printed.contains("OutOfMemoryError")) {
        found.add(
            "%s, start %d, printed a stack trace:\n%s"
                .formatted(started.target(), started.number(), tail(started.process())));
      }
    }
    return found;
  }

  /** Everything that was started, in order. */
  synchronized List<Started> all() {
    return List.copyOf(all);
  }

  List<Happened> happened() {
    return happened.stream().sorted(Comparator.comparingLong(Happened::fromMs)).toList();
  }

  /** When the broker was away, or just leaving or coming. */
  List<Life.Span> brokerOutages() {
    return lives.get(StormPlan.BROKER).spans(clock.nowMs()).stream()
        .filter(span -> span.state() != Life.State.UP)
        .toList();
  }

  List<Life> lives() {
    return List.copyOf(lives.values());
  }

  private static String tail(RelevoProcess process) {
    List<String> lines = process.everything().lines().toList();
    return String.join("\n", lines.subList(Math.max(0, lines.size() - 25), lines.size()));
  }

  @Override
  public void close() {
    house.close();
  }
}
