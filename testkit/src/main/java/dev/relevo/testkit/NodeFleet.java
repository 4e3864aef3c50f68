package dev.relevo.testkit;

import dev.relevo.common.config.Settings;
import dev.relevo.node.WorkerNode;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The nodes of a house. Thread-safe. */
final class NodeFleet implements AutoCloseable, RunningCall.Stage {
  private static final Duration START_BOUND = Duration.ofSeconds(60);
  private static final Duration STOP_BOUND = Duration.ofSeconds(30);

  private final HouseOptions options;
  private final Function<String, Settings> settings;
  private final ScriptBook book;
  private final Map<String, WorkerNode> running = new LinkedHashMap<>();
  private final Map<String, WorkerNode> killed = new LinkedHashMap<>();

  /** Those that leave their backend alone for a while, perhaps for longer than the test runs. */
  private final Set<String> barred = ConcurrentHashMap.newKeySet();

  /**
   * No nodes yet.
   *
   * @param settings gives those of a node by its id
   */
  NodeFleet(HouseOptions options, Function<String, Settings> settings, ScriptBook book) {
    this.options = options;
    this.settings = settings;
    this.book = book;
  }

  /** Starts those that do not run, all at once, and waits until they take work. */
  synchronized void start(Set<String> ids) {
    List<WorkerNode> started = new ArrayList<>();
    for (String id : ids) {
      if (!running.containsKey(id)) {
        awaitStopped(id, killed.remove(id));
        Settings own = settings.apply(id);
        WorkerNode node =
            WorkerNode.start(
                own.kafka(),
                own.node(),
                List.of(new ScriptedWorker(id, options, book, this)),
                new SimpleMeterRegistry());
        running.put(id, node);
        started.add(node);
      }
    }
    started.forEach(NodeFleet::awaitReady);
  }

  /** Stops one as if its process had died; does not wait. */
  @Override
  public void kill(String id) {
    WorkerNode node;
    synchronized (this) {
      node = running.remove(id);
      if (node == null) {
        throw new IllegalStateException(
            "There is no node %s to stop; running are %s".formatted(id, running.keySet()));
      }
      killed.put(id, node);
    }
    node.kill();
  }

  /** Waits until a node that was killed has gone. */
  void awaitKilled(String id) {
    WorkerNode node;
    synchronized (this) {
      node = killed.get(id);
    }
    awaitStopped(id, node);
  }

  /** Lets one go as if it had been asked to: it hands over what it has. */
  void stop(String id) {
    WorkerNode node;
    synchronized (this) {
      node = running.remove(id);
    }
    if (node == null) {
      throw new IllegalStateException(
          "There is no node %s to stop; running are %s".formatted(id, running()));
    }
    node.close();
  }

  synchronized Set<String> running() {
    return new LinkedHashSet<>(running.keySet());
  }

  /**
   * As it was: those that came since go, those that went come back, and others come for those that
   * would go on sparing their backend.
   */
  void restore(Set<String> ids) {
    for (String id : running()) {
      if (!ids.contains(id)) {
        kill(id);
        awaitKilled(id);
      } else if (barred.contains(id)) {
        stop(id);
      }
    }
    barred.clear();
    start(ids);
  }

  @Override
  public Duration patience() {
    return options.patience();
  }

  @Override
  public void fails(String node, Failure failure) {
    if (failure.barsBackend()) {
      barred.add(node);
    }
  }

  @Override
  public void changed() {
    book.changed();
  }

  @Override
  public void close() {
    List<WorkerNode> nodes;
    Map<String, WorkerNode> gone;
    synchronized (this) {
      nodes = List.copyOf(running.values());
      running.clear();
      gone = new LinkedHashMap<>(killed);
    }
    gone.forEach(NodeFleet::awaitStopped);
    try (ExecutorService together = Executors.newVirtualThreadPerTaskExecutor()) {
      nodes.forEach(node -> together.execute(node::close));
    }
  }

  private static void awaitReady(WorkerNode node) {
    try {
      node.awaitReady(START_BOUND);
    } catch (TimeoutException e) {
      throw new IllegalStateException(
          "A node did not get ready within %d s".formatted(START_BOUND.toSeconds()), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while a node started", e);
    }
  }

  private static void awaitStopped(String id, @Nullable WorkerNode node) {
    if (node == null) {
      return;
    }
    try {
      node.awaitStopped(STOP_BOUND);
    } catch (TimeoutException e) {
      throw new IllegalStateException(
          "Node %s did not stop within %d s".formatted(id, STOP_BOUND.toSeconds()), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while node " + id + " stopped", e);
    }
  }
}
