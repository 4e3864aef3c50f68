package dev.relevo.node.core;

import dev.relevo.common.protocol.NodeBeat;
import dev.relevo.common.protocol.NodeBeat.Health;
import dev.relevo.node.backend.WorkerHealth;
import dev.relevo.node.backend.WorkerInfo;
import dev.relevo.node.core.AttemptTable.ModelSupport;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * How the node's own backends are, and which of them gets a job. Thread-safe: health checks and
 * attempts report from their own threads.
 */
public final class BackendBoard {
  private final BackendStrategy strategy;
  private final RandomGenerator random;
  private final Map<String, Entry> entries = new LinkedHashMap<>();
  private long turn;

  /**
   * A board without backends.
   *
   * @param random where {@code random} and {@code weighted} take chance from
   */
  public BackendBoard(BackendStrategy strategy, RandomGenerator random) {
    this.strategy = strategy;
    this.random = random;
  }

  /**
   * Adds a backend, unavailable until its first health check.
   *
   * @throws IllegalArgumentException if its name is there already
   */
  public synchronized void add(WorkerInfo info, int priority) {
    if (entries.putIfAbsent(info.name(), new Entry(info, priority)) != null) {
      throw new IllegalArgumentException("two backends are named '" + info.name() + "'");
    }
  }

  /**
   * Notes a health check.
   *
   * @return whether others must be told: health or models have changed
   */
  public synchronized boolean checked(WorkerInfo info, WorkerHealth health) {
    Entry entry = entry(info.name());
    boolean changed =
        entry.health.status() != health.status() || !entry.info.models().equals(info.models());
    entry.info = info;
    entry.health = health;
    return changed;
  }

  /** What the backends say about a model. */
  public synchronized ModelSupport support(String model) {
    ModelSupport support = ModelSupport.UNKNOWN;
    for (Entry entry : entries.values()) {
      if (entry.serves(model)) {
        if (entry.isUsable()) {
          return ModelSupport.AVAILABLE;
        }
        support = ModelSupport.UNAVAILABLE;
      }
    }
    return support;
  }

  /**
   * The backends that can run a model now, the one to try first in front.
   *
   * @param session the job's affinity key
   */
  public synchronized List<String> choose(String model, @Nullable String session) {
    List<BackendStrategy.Candidate> candidates = new ArrayList<>();
    for (Entry entry : entries.values()) {
      if (entry.isUsable() && entry.serves(model)) {
        candidates.add(entry.candidate());
      }
    }
    return strategy.order(candidates, turn++, session, random).stream()
        .map(BackendStrategy.Candidate::name)
        .toList();
  }

  /** A call to a backend begins. */
  public synchronized void began(String name) {
    entry(name).running++;
  }

  /**
   * A call to a backend has ended.
   *
   * @param ttftMs milliseconds to its first token, if there was one
   * @param tokensPerSecond after the first token, if it can be told
   */
  public synchronized void ended(
      String name, @Nullable Double ttftMs, @Nullable Double tokensPerSecond) {
    Entry entry = entry(name);
    entry.running--;
    if (ttftMs != null) {
      entry.ttftMs.add(ttftMs);
    }
    if (tokensPerSecond != null) {
      entry.tokensPerSecond.add(tokensPerSecond);
    }
  }

  /** What a beat tells. */
  public synchronized List<NodeBeat.Backend> view() {
    return entries.values().stream().map(Entry::view).toList();
  }

  /** Why backends are not available, by name; for people. */
  public synchronized Map<String, String> complaints() {
    Map<String, String> complaints = new LinkedHashMap<>();
    entries.forEach((name, entry) -> {
      if (entry.health.status() != Health.AVAILABLE) {
        complaints.put(name, entry.health.reason());
      }
    });
    return complaints;
  }

  private Entry entry(String name) {
    return Objects.requireNonNull(entries.get(name), name);
  }

  /** One backend. */
  private static final class Entry {
    private final int priority;
    private final MovingAverage ttftMs = new MovingAverage();
    private final MovingAverage tokensPerSecond = new MovingAverage();
    private WorkerInfo info;
    private WorkerHealth health = WorkerHealth.unavailable("not checked yet");
    private int running;

    Entry(WorkerInfo info, int priority) {
      this.info = info;
      this.priority = priority;
    }

    boolean isUsable() {
      return health.status() != Health.UNAVAILABLE;
    }

    boolean serves(String model) {
      return NodeBeat.Backend.serves(info.models(), model);
    }

    BackendStrategy.Candidate candidate() {
      return new BackendStrategy.Candidate(
          info.name(), priority, info.weight(), running, ttftMs.value());
    }

    NodeBeat.Backend view() {
      return new NodeBeat.Backend(
          info.name(),
          info.type(),
          info.models(),
          priority,
          info.weight(),
          health.status(),
          "CLOSED",
          ttftMs.value(),
          tokensPerSecond.value());
    }
  }
}
