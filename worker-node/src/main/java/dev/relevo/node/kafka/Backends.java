package dev.relevo.node.kafka;

import dev.relevo.common.config.BackendChanges;
import dev.relevo.common.config.BackendSettings;
import dev.relevo.common.config.SettingsException;
import dev.relevo.common.protocol.ControlRecord;
import dev.relevo.common.secrets.Redactor;
import dev.relevo.node.backend.BackendSource;
import dev.relevo.node.backend.Worker;
import dev.relevo.node.core.BackendBoard;
import dev.relevo.node.core.BackendPlan;
import dev.relevo.node.core.BackendPolicy;
import dev.relevo.node.core.CallReport;
import dev.relevo.node.core.ControlLog;
import dev.relevo.node.core.Ticket;
import dev.relevo.node.core.ToldOrders;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The backends that a node has: makes them, changes them while it runs as file and orders say, and
 * closes each when it is not wanted any more and nothing runs on it.
 *
 * <p>Threads: the loop brings orders, whoever watches the file brings what it says, attempts ask
 * for the worker of their ticket and give it back. A change is one step under one lock: first
 * everything new is made, which may fail and then has changed nothing, then all of it takes its
 * place. There are never more retired workers than running attempts.
 */
final class Backends {
  private static final Logger LOG = LoggerFactory.getLogger(Backends.class);

  private final String node;
  private final BackendSource source;
  private final BiFunction<Worker, Redactor, Worker> containment;
  private final BackendBoard board;
  private final HealthChecks health;
  private final PoolMetrics metrics;
  private final NodeTime time;
  private final Runnable changed;
  private final ToldOrders told;
  private final Map<String, Place> places = new LinkedHashMap<>();
  private final Map<Integer, Worker> workers = new HashMap<>();
  private BackendPlan plan = BackendPlan.of(List.of());
  private @Nullable BackendPlan foreseen;
  private boolean closed;

  /** Where a backend of a name is now. */
  private record Place(BackendSettings settings, int number) {}

  /**
   * No backends yet.
   *
   * @param containment holds a worker to its contract, and keys out of what it says
   * @param told beats tell of these
   * @param changed runs when others must be told of a change; quick
   */
  Backends(
      String node,
      BackendSource source,
      BiFunction<Worker, Redactor, Worker> containment,
      BackendBoard board,
      HealthChecks health,
      PoolMetrics metrics,
      ToldOrders told,
      NodeTime time,
      Runnable changed) {
    this.node = node;
    this.source = source;
    this.containment = containment;
    this.board = board;
    this.health = health;
    this.metrics = metrics;
    this.told = told;
    this.time = time;
    this.changed = changed;
  }

  /**
   * What the file says is that now.
   *
   * @throws IllegalArgumentException if one of them cannot be made, with a sentence for people;
   *     then nothing has changed
   */
  synchronized void file(List<BackendSettings> backends) {
    apply(plan.withFile(backends));
  }

  /**
   * An order that is read while the node starts. One that stood there before is looked at when all
   * are known.
   */
  synchronized void foresee(ControlLog.Order.Backend order) {
    if (!order.isOld()) {
      begin();
      order(order);
      return;
    }
    BackendPlan before = foreseen == null ? plan : foreseen;
    String name = order.order().name();
    if (before.isOfFile(name)) {
      return;
    }
    try {
      foreseen =
          step(before, order.order()) instanceof BackendPlan.Step.Next next ? next.plan() : before;
    } catch (RuntimeException | LinkageError e) {
      goWithout(name, e);
    }
  }

  /** All orders from before the start are known: what they added is there again. */
  synchronized void begin() {
    BackendPlan wanted = foreseen;
    foreseen = null;
    if (wanted == null) {
      return;
    }
    for (BackendSettings backend : BackendChanges.between(plan.wanted(), wanted.wanted()).added()) {
      try {
        if (plan.withAdded(backend) instanceof BackendPlan.Step.Next next) {
          apply(next.plan());
        }
      } catch (RuntimeException | LinkageError e) {
        goWithout(backend.name(), e);
      }
    }
  }

  private void goWithout(String name, Throwable why) {
    LOG.warn("Node {} goes without backend {}, which was added once: {}", node, name, words(why));
  }

  /** An order that is to be obeyed now; beats tell what became of it. */
  synchronized void order(ControlLog.Order.Backend order) {
    boolean taken = false;
    @Nullable String words;
    try {
      switch (step(plan, order.order())) {
        case BackendPlan.Step.Next next -> {
          apply(next.plan());
          taken = true;
          words = next.note();
        }
        case BackendPlan.Step.Refused refused -> words = refused.reason();
      }
    } catch (RuntimeException | LinkageError e) {
      words = words(e);
    }
    if (!taken) {
      LOG.warn(
          "Node {} does not obey an order about backend {}: {}", node, order.order().name(), words);
    }
    told.add(order.offset(), taken, words, time.nowNanos());
    changed.run();
  }

  private BackendPlan.Step step(BackendPlan from, ControlRecord.BackendOrder order) {
    return switch (order) {
      case ControlRecord.BackendAdd add -> from.withAdded(source.read(add.name(), add.settings()));
      case ControlRecord.BackendRemove remove -> from.without(remove.name());
    };
  }

  /** What is expected to go wrong is said in sentences; whatever an adapter throws is not. */
  private static String words(Throwable why) {
    return switch (why) {
      case SettingsException wrong -> String.join("; ", wrong.problems());
      case IllegalArgumentException wrong -> String.valueOf(wrong.getMessage());
      default -> "it could not be made: " + why;
    };
  }

  private void apply(BackendPlan next) {
    if (closed) {
      throw new IllegalArgumentException("The node stops.");
    }
    List<BackendSettings> now = places.values().stream().map(Place::settings).toList();
    BackendChanges changes = BackendChanges.between(now, next.wanted());
    Map<String, Worker> made = make(changes, Redactor.of(BackendSettings.secrets(next.wanted())));
    changes.removed().forEach(backend -> retire(backend.name()));
    changes.changed().forEach(change -> replace(change, worker(made, change.after())));
    changes.added().forEach(backend -> add(backend, worker(made, backend)));
    plan = next;
    if (!changes.isEmpty()) {
      if (!now.isEmpty()) {
        LOG.info("Node {}: {}", node, changes);
      }
      changed.run();
    }
  }

  private Map<String, Worker> make(BackendChanges changes, Redactor redactor) {
    List<BackendSettings> wanted = new ArrayList<>(changes.added());
    changes.changed().forEach(change -> wanted.add(change.after()));
    Map<String, Worker> made = new HashMap<>();
    try {
      for (BackendSettings backend : wanted) {
        made.put(backend.name(), containment.apply(source.make(backend), redactor));
      }
    } catch (RuntimeException | LinkageError e) {
      made.values().forEach(Worker::close);
      throw e instanceof IllegalArgumentException wrong
          ? wrong
          : new IllegalArgumentException(redactor.clean("A backend cannot be made: " + e), e);
    }
    return made;
  }

  private static Worker worker(Map<String, Worker> made, BackendSettings backend) {
    return Objects.requireNonNull(made.get(backend.name()), backend.name());
  }

  private void add(BackendSettings backend, Worker worker) {
    metrics.add(backend.name());
    int number = board.add(worker.info(), worker.priority(), BackendPolicy.of(backend));
    settle(backend, worker, number);
  }

  private void replace(BackendChanges.Changed change, Worker worker) {
    BackendSettings backend = change.after();
    if (!change.sameServer()) {
      retire(backend.name());
      add(backend, worker);
      return;
    }
    health.stop(backend.name());
    boolean keepsModels = backend.models().equals(change.before().models());
    int number =
        board.change(worker.info(), worker.priority(), BackendPolicy.of(backend), keepsModels);
    int before = Objects.requireNonNull(places.get(backend.name())).number();
    settle(backend, worker, number);
    closeIfOver(before);
  }

  private void settle(BackendSettings backend, Worker worker, int number) {
    workers.put(number, worker);
    places.put(backend.name(), new Place(backend, number));
    health.watch(worker);
  }

  private void retire(String name) {
    health.stop(name);
    board.remove(name);
    metrics.remove(name);
    Place place = places.remove(name);
    if (place != null) {
      closeIfOver(place.number());
    }
  }

  private void closeIfOver(int number) {
    if (board.isOver(number)) {
      Worker worker = workers.remove(number);
      if (worker != null) {
        // It may wait for connections, and its caller has better things to do.
        Thread.ofVirtual().name("close-" + worker.info().name()).start(worker::close);
      }
    }
  }

  /** Begins to check the backends; completes when each has had its first check. */
  CompletableFuture<Void> checked() {
    return health.start();
  }

  /** The worker that a call was given leave for; it stays until the ticket is given back. */
  synchronized Worker worker(Ticket ticket) {
    return Objects.requireNonNull(workers.get(ticket.number()), ticket.backend());
  }

  /** Whether a backend continues an answer; not if it is not there any more. */
  synchronized boolean continuesPrefix(String name, String model) {
    Place place = places.get(name);
    Worker worker = place == null ? null : workers.get(place.number());
    return worker != null && worker.continuesPrefix(model);
  }

  /** A call has ended: its ticket is given back. */
  BackendBoard.Change ended(Ticket ticket, CallReport report) {
    BackendBoard.Change change = board.ended(ticket, report, time.nowNanos());
    if (board.isOver(ticket.number())) {
      synchronized (this) {
        closeIfOver(ticket.number());
      }
    }
    return change;
  }

  /** Closes all, also those that something still runs on. */
  synchronized void close() {
    closed = true;
    workers.values().forEach(Worker::close);
    workers.clear();
  }
}
