package dev.relevo.simulation;

import dev.relevo.common.protocol.Lane;
import dev.relevo.common.protocol.StateRecord;
import dev.relevo.dispatcher.core.DispatcherCore;
import dev.relevo.dispatcher.core.StateGuard;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Take-over and giving up, in the order of {@code Ownership}: {@code opened}, committed offsets,
 * ends, state, events, then the lanes. Between two of these others may write, and we may die.
 */
final class SimOwnership {
  private final SimDispatcher dispatcher;
  private final DispatcherCore core;
  private final SimConsumer data;
  private final SimLog log;
  private final World world;
  private final StateGuard guard = new StateGuard();
  private final SimProducer opener;
  private final Map<Integer, Long> catchingUp = new HashMap<>();
  private final Map<Integer, Long> shared = new TreeMap<>();
  private long aloneFromNanos;
  private final Map<Lane, Boolean> waits = new EnumMap<>(Lane.class);

  SimOwnership(SimDispatcher dispatcher) {
    this.dispatcher = dispatcher;
    this.core = dispatcher.core;
    this.data = dispatcher.data;
    this.log = dispatcher.log;
    this.world = dispatcher.world;
    this.opener = dispatcher.producer("opener", 30_000);
  }

  void change(Set<Integer> given) {
    for (int home : SimDispatcher.sorted(core.homes())) {
      if (!given.contains(home)) {
        close(home);
      }
    }
    lookForOthers();
    Set<Integer> fresh = new TreeSet<>(given);
    fresh.removeAll(core.homes());
    if (!fresh.isEmpty()) {
      dispatcher.block();
      open(fresh);
    }
  }

  /** Opens homes; the dispatcher is blocked until it has them. */
  void open(Set<Integer> homes) {
    Map<Integer, Long> epochs = new TreeMap<>();
    StateRecord opened = new StateRecord.Opened(dispatcher.name);
    for (int home : homes) {
      opener.send(
          new Place(House.STATE, home),
          SimRecord.of(StateRecord.OPENED_KEY, null, opened),
          (offset, missing) -> {
            if (offset < 0) {
              dispatcher.breakDown();
              return;
            }
            epochs.put(home, offset);
            if (epochs.size() == homes.size()) {
              aloneFromNanos = world.nanos() + dispatcher.house.settings.sessionTimeout().toNanos();
              dispatcher.after(pause(), () -> note(epochs));
            }
          });
    }
  }

  private long pause() {
    return dispatcher.dice.between(1, 40) * World.MS;
  }

  /** Committed offsets first, then where everything ends. */
  private void note(Map<Integer, Long> epochs) {
    if (isAway(epochs.keySet())) {
      dispatcher.after(100 * World.MS, () -> note(epochs));
      return;
    }
    Map<Place, Long> from = new HashMap<>();
    for (int home : epochs.keySet()) {
      for (Place place : places(home)) {
        from.put(place, dispatcher.group.committed(place, log.create(place).beginning()));
      }
    }
    dispatcher.after(pause(), () -> open(epochs, from));
  }

  private void open(Map<Integer, Long> epochs, Map<Place, Long> from) {
    epochs.forEach((home, epoch) -> {
      Map<Lane, Long> ends = new EnumMap<>(Lane.class);
      Map<Lane, Long> starts = new EnumMap<>(Lane.class);
      for (Lane lane : Lane.values()) {
        Place place = dispatcher.lane(lane, home);
        ends.put(lane, log.get(place).end());
        starts.put(lane, from.getOrDefault(place, 0L));
      }
      Place events = new Place(House.EVENTS, home);
      core.open(home, epoch, ends, starts, from.getOrDefault(events, 0L));
      guard.open(home, epoch + 1);
      catchingUp.put(home, log.get(events).end());
      shared.put(home, aloneFromNanos);
    });
    dispatcher.after(pause(), () -> restore(epochs.keySet(), from));
  }

  private void restore(Set<Integer> homes, Map<Place, Long> from) {
    if (isAway(homes)) {
      dispatcher.after(100 * World.MS, () -> restore(homes, from));
      return;
    }
    for (int home : homes) {
      for (SimRecord record : log.get(new Place(House.STATE, home)).records()) {
        core.restore(home, record.offset(), record.epoch(), record.key(), flawed(record));
      }
    }
    dispatcher.after(
        pause(),
        () -> {
          homes.forEach(home -> core.restored(home, dispatcher.now()));
          from.forEach(data::assign);
          dispatcher.tell("owns homes", core.homes());
          dispatcher.goOn();
        });
  }

  private boolean isAway(Set<Integer> homes) {
    for (int home : homes) {
      for (Place place : places(home)) {
        if (log.create(place).isAway()) {
          return true;
        }
      }
      if (log.create(new Place(House.STATE, home)).isAway()) {
        return true;
      }
    }
    return false;
  }

  /** What the shell hands to the core: the record, unless a rule is broken on purpose. */
  private @Nullable StateRecord flawed(SimRecord record) {
    StateRecord state = record.value() == null ? null : record.value(StateRecord.class);
    if (!(state instanceof StateRecord.Job job)) {
      return state;
    }
    if (job.status().isTerminal() && world.flaw == Flaw.ENDED_FORGOTTEN) {
      return null;
    }
    boolean forgetsNodes = world.flaw == Flaw.HISTORY_FORGOTTEN;
    boolean forgetsAttempts = world.flaw == Flaw.ATTEMPTS_FORGOTTEN;
    return !forgetsNodes && !forgetsAttempts
        ? state
        : new StateRecord.Job(
            job.epoch(),
            job.status(),
            job.lane(),
            job.offset(),
            job.fence(),
            job.node(),
            job.incarnation(),
            job.model(),
            job.startedOffset(),
            job.assigned(),
            forgetsAttempts ? 0 : job.attemptsUsed(),
            forgetsNodes ? List.of() : job.attempts(),
            job.replyTopic(),
            job.deadlineMs(),
            job.takeByMs(),
            job.replayedAtMs(),
            job.readyAtMs(),
            job.updatedAtMs(),
            job.code(),
            job.message(),
            job.headers());
  }

  void close(int home) {
    dispatcher.tell("gives up home", home);
    core.close(home);
    dispatcher.house.audit.dispatches.closed(dispatcher, home);
    guard.close(home);
    catchingUp.remove(home);
    shared.remove(home);
    places(home).forEach(data::unassign);
  }

  /** Notes which homes catch up, and whether the window is full. */
  void steer() {
    catchingUp
        .entrySet()
        .removeIf(home -> data.position(new Place(House.EVENTS, home.getKey())) >= home.getValue());
    trust();
    for (Lane lane : Lane.values()) {
      waits.put(lane, core.isWindowFull(lane) && world.flaw != Flaw.WINDOW_IGNORED);
    }
  }

  private void trust() {
    for (Map.Entry<Integer, Long> home : Map.copyOf(shared).entrySet()) {
      if (world.nanos() >= home.getValue() && !isAway(Set.of(home.getKey()))) {
        shared.remove(home.getKey());
        Map<Lane, Long> ends = new EnumMap<>(Lane.class);
        for (Lane lane : Lane.values()) {
          ends.put(lane, log.get(dispatcher.lane(lane, home.getKey())).end());
        }
        core.alone(home.getKey(), ends);
      }
    }
  }

  /** Whether a lane is not read now. */
  boolean isPaused(Place place) {
    for (Lane lane : Lane.values()) {
      if (place.equals(dispatcher.lane(lane, place.partition()))) {
        return waits.getOrDefault(lane, false) || catchingUp.containsKey(place.partition());
      }
    }
    return false;
  }

  boolean eventsCaughtUp(int home) {
    Place events = new Place(House.EVENTS, home);
    return !catchingUp.containsKey(home)
        && data.isAssigned(events)
        && data.position(events) >= data.visibleEnd(events);
  }

  void stateWritten(int home, long offset) {
    StateGuard.Gap gap = guard.written(home, offset);
    if (gap != null) {
      inspect(gap);
    }
  }

  void lookForOthers() {
    for (int home : SimDispatcher.sorted(core.homes())) {
      SimLog.Partition state = log.get(new Place(House.STATE, home));
      boolean quiet = !state.isAway() && !core.hasStateUnderWay(home);
      StateGuard.Gap gap = quiet ? guard.ends(home, state.end()) : null;
      if (quiet) {
        state.looked();
      }
      if (gap != null) {
        inspect(gap);
      }
    }
  }

  private void inspect(StateGuard.Gap gap) {
    int home = gap.home();
    List<SimRecord> records = log.get(new Place(House.STATE, home)).records();
    for (SimRecord record : List.copyOf(records)) {
      boolean inside = record.offset() >= gap.from() && record.offset() < gap.to();
      StateRecord state = record.value() == null ? null : record.value(StateRecord.class);
      if (inside
          && core.foreignState(
              home, record.offset(), record.epoch(), record.key(), state, dispatcher.now())) {
        dispatcher.tell("reads that another opened home", home);
        close(home);
      }
    }
  }

  private static List<Place> places(int home) {
    return List.of(
        new Place(House.JOBS, home), new Place(House.BATCH, home), new Place(House.EVENTS, home));
  }
}
