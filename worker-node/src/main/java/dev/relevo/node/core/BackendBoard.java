package dev.relevo.node.core;

import dev.relevo.common.protocol.NodeBeat;
import dev.relevo.node.backend.LimitNews;
import dev.relevo.node.backend.WorkerHealth;
import dev.relevo.node.backend.WorkerInfo;
import dev.relevo.node.core.AttemptTable.ModelSupport;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * How the node's own backends are, and which of them gets a job: by health, circuit breaker and
 * limits. Thread-safe: health checks and attempts report from their own threads. All moments are
 * nanoseconds of one clock that only goes on.
 */
public final class BackendBoard {
  private static final double JITTER = 0.2;

  private final BackendStrategy strategy;
  private final RandomGenerator random;
  private final Map<String, BackendEntry> entries = new LinkedHashMap<>();
  private final Map<String, Integer> numbers = new HashMap<>();
  private final Map<Integer, Lot> lots = new HashMap<>();
  private int lastNumber;
  private long turn;

  /**
   * A board without backends.
   *
   * @param random where {@code random}, {@code weighted} and the pauses between tries take chance
   *     from
   */
  public BackendBoard(BackendStrategy strategy, RandomGenerator random) {
    this.strategy = strategy;
    this.random = random;
  }

  /** A backend under one number, and its calls that have not ended. */
  private static final class Lot {
    private final BackendEntry entry;
    private int calls;

    Lot(BackendEntry entry) {
      this.entry = entry;
    }
  }

  /**
   * Adds a backend, unavailable until its first health check.
   *
   * @return its number, by which calls to it are told from those to another of this name, before
   *     and after it
   * @throws IllegalArgumentException if its name is there already
   */
  public synchronized int add(WorkerInfo info, int priority, BackendPolicy policy) {
    BackendEntry entry = new BackendEntry(info, priority, policy);
    if (entries.putIfAbsent(info.name(), entry) != null) {
      throw new IllegalArgumentException("two backends are named '" + info.name() + "'");
    }
    return number(info.name(), entry);
  }

  /**
   * The same server under other settings: what is known of it holds on, as far as these let it.
   *
   * @param keepsModels whether it serves what it did until its next health check
   * @return its number from now on
   */
  public synchronized int change(
      WorkerInfo info, int priority, BackendPolicy policy, boolean keepsModels) {
    BackendEntry entry = entry(info.name());
    entry.change(keepsModels ? info.withModels(entry.info().models()) : info, priority, policy);
    forget(info.name());
    return number(info.name(), entry);
  }

  /** It is given nothing new; its calls end as they would have. */
  public synchronized void remove(String name) {
    entries.remove(name);
    forget(name);
  }

  private int number(String name, BackendEntry entry) {
    int number = ++lastNumber;
    numbers.put(name, number);
    lots.put(number, new Lot(entry));
    return number;
  }

  private void forget(String name) {
    Integer number = numbers.remove(name);
    if (number != null) {
      forgetIfOver(number);
    }
  }

  private void forgetIfOver(int number) {
    Lot lot = lots.get(number);
    if (lot != null && lot.calls == 0 && !numbers.containsValue(number)) {
      lots.remove(number);
    }
  }

  /** Whether what has this number was removed or changed, and nothing runs on it any more. */
  public synchronized boolean isOver(int number) {
    return !lots.containsKey(number);
  }

  /**
   * Notes a health check.
   *
   * @return whether others must be told: health, breaker or models have changed
   */
  public synchronized boolean checked(WorkerInfo info, WorkerHealth health, long nowNanos) {
    BackendEntry entry = entry(info.name());
    BackendEntry.Shown before = entry.shown(nowNanos);
    boolean models = !entry.info().models().equals(info.models());
    entry.checked(info, health, nowNanos);
    return models || !entry.shown(nowNanos).equals(before);
  }

  /** What the backends say about a model. */
  public synchronized ModelSupport support(String model, long nowNanos) {
    ModelSupport support = ModelSupport.UNKNOWN;
    for (BackendEntry entry : entries.values()) {
      if (entry.serves(model)) {
        if (entry.roomInNanos(1, nowNanos) == 0) {
          return ModelSupport.AVAILABLE;
        }
        support = ModelSupport.UNAVAILABLE;
      }
    }
    return support;
  }

  /**
   * The backends that serve a model, the one to try first in front: those that have room now in the
   * strategy's order, of these those last that say they would queue; then the others.
   *
   * @param session the job's affinity key
   */
  public synchronized List<String> choose(String model, @Nullable String session, long nowNanos) {
    List<BackendStrategy.Candidate> ready = new ArrayList<>();
    List<String> others = new ArrayList<>();
    for (BackendEntry entry : entries.values()) {
      if (entry.serves(model)) {
        if (entry.roomInNanos(1, nowNanos) == 0) {
          ready.add(entry.candidate());
        } else {
          others.add(entry.info().name());
          count(entry, nowNanos);
        }
      }
    }
    List<String> order = new ArrayList<>();
    List<String> queueing = new ArrayList<>();
    for (BackendStrategy.Candidate next : strategy.order(ready, turn++, session, random)) {
      (entry(next.name()).saysBusy() ? queueing : order).add(next.name());
    }
    order.addAll(queueing);
    order.addAll(others);
    return order;
  }

  private static void count(BackendEntry entry, long nowNanos) {
    if (entry.isWell(nowNanos)) {
      entry.skipped();
    }
  }

  /**
   * Nanoseconds until a backend can be given one more call; 0 when it can, {@code Long.MAX_VALUE}
   * when nobody knows.
   *
   * @param tokens that the call will use, as far as can be told
   */
  public synchronized long roomInNanos(String name, long tokens, long nowNanos) {
    BackendEntry entry = entries.get(name);
    return entry == null ? BackendEntry.NEVER : entry.roomInNanos(tokens, nowNanos);
  }

  /**
   * Takes leave for a call.
   *
   * @return null when the backend cannot be given one now, or is not there any more
   */
  public synchronized @Nullable Ticket take(String name, long tokens, long nowNanos) {
    Integer number = numbers.get(name);
    Ticket ticket = number == null ? null : entry(name).take(number, tokens, nowNanos);
    if (ticket != null) {
      lot(ticket).calls++;
    }
    return ticket;
  }

  /**
   * A call has ended.
   *
   * @return what of the backend has changed by it
   */
  public synchronized Change ended(Ticket ticket, CallReport report, long nowNanos) {
    Lot lot = lot(ticket);
    lot.calls--;
    forgetIfOver(ticket.number());
    BackendEntry entry = lot.entry;
    BackendEntry.Shown before = entry.shown(nowNanos);
    entry.ended(ticket, report, nowNanos);
    BackendEntry.Shown after = entry.shown(nowNanos);
    if (after.equals(before) || !entries.containsValue(entry)) {
      return Change.NONE;
    }
    boolean opened =
        after.breaker() == Breaker.State.OPEN && before.breaker() != Breaker.State.OPEN;
    return opened ? Change.OPENED : Change.OTHER;
  }

  /** What the end of a call has changed. */
  public enum Change {
    NONE,
    /** The breaker has opened. */
    OPENED,
    /** Something else that others must be told. */
    OTHER
  }

  /**
   * A response told of a backend's limits, before its call has ended.
   *
   * @return whether others must be told: it is full now, or is not any more
   */
  public synchronized boolean told(Ticket ticket, LimitNews news, long nowNanos) {
    BackendEntry entry = lot(ticket).entry;
    BackendEntry.Shown before = entry.shown(nowNanos);
    entry.told(news, nowNanos);
    return !entry.shown(nowNanos).equals(before);
  }

  /**
   * The pause before a backend is asked again, nanoseconds.
   *
   * @param failures of this job on it, 1 or more
   * @param spread what the attempt's pauses are multiplied by
   */
  public synchronized long pauseNanos(String name, int failures, double spread) {
    BackendEntry entry = entries.get(name);
    return entry == null ? 0 : entry.pauseNanos(failures, spread);
  }

  /**
   * How much longer or shorter than usual one attempt's pauses are, so that attempts that failed
   * together do not come back together: a fifth at most. One for all of its backends, which keep
   * their order so.
   */
  public synchronized double spread() {
    return 1 - JITTER + 2 * JITTER * random.nextDouble();
  }

  /** How a backend is dealt with; as by default when it is not there any more. */
  public synchronized BackendPolicy policy(String name) {
    BackendEntry entry = entries.get(name);
    return entry == null ? BackendPolicy.DEFAULT : entry.policy();
  }

  /** How often a backend was passed over because it was full. */
  public synchronized long timesSkipped(String name) {
    BackendEntry entry = entries.get(name);
    return entry == null ? 0 : entry.timesSkipped();
  }

  /** How far a backend's breaker is open: 0 closed, 1 half-open, 2 open. */
  public synchronized int openness(String name, long nowNanos) {
    BackendEntry entry = entries.get(name);
    if (entry == null) {
      return 0;
    }
    return switch (entry.shown(nowNanos).breaker()) {
      case CLOSED -> 0;
      case HALF_OPEN -> 1;
      case OPEN -> 2;
    };
  }

  /** What a beat tells. */
  public synchronized List<NodeBeat.Backend> view(long nowNanos) {
    return entries.values().stream().map(entry -> entry.view(nowNanos)).toList();
  }

  /** Why backends are not available, by name; for people. */
  public synchronized Map<String, String> complaints(long nowNanos) {
    Map<String, String> complaints = new LinkedHashMap<>();
    entries.forEach((name, entry) -> {
      String complaint = entry.complaint(nowNanos);
      if (complaint != null) {
        complaints.put(name, complaint);
      }
    });
    return complaints;
  }

  private Lot lot(Ticket ticket) {
    return Objects.requireNonNull(lots.get(ticket.number()), ticket.backend());
  }

  private BackendEntry entry(String name) {
    return Objects.requireNonNull(entries.get(name), name);
  }
}
