package dev.relevo.simulation;

import dev.relevo.common.protocol.Lane;
import dev.relevo.dispatcher.core.DispatcherCore;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * A dispatcher's place in the group: what the group said, commits and what their acceptance proves,
 * in the order of {@code Membership}.
 */
final class SimMembership {
  private static final long AGAIN_NANOS = 50 * World.MS;

  private final SimDispatcher dispatcher;
  private final DispatcherCore core;
  private final World world;
  private final Deque<Given> given = new ArrayDeque<>();
  private @Nullable Set<Integer> change;
  private Set<Integer> homes = Set.of();
  private int generation;
  private long commitNanos;

  /** What the group said and the loop has not heard yet. */
  private record Given(int generation, Set<Integer> homes) {}

  SimMembership(SimDispatcher dispatcher) {
    this.dispatcher = dispatcher;
    this.core = dispatcher.core;
    this.world = dispatcher.world;
  }

  /** The group's word arrives; the loop hears it when it polls. */
  void given(int inGeneration, Set<Integer> homes) {
    given.add(new Given(inGeneration, homes));
  }

  void poll() {
    for (Given each = given.poll(); each != null; each = given.poll()) {
      generation = each.generation;
      change = each.homes;
      if (each.generation >= 0) {
        dispatcher.lease.renewFrom(world.nanos());
      } else {
        dispatcher.group.join(dispatcher);
      }
    }
  }

  @Nullable Set<Integer> takeChange() {
    Set<Integer> taken = change;
    if (taken != null) {
      homes = taken;
    }
    change = null;
    return taken;
  }

  /** After a pause nothing is decided before the group has accepted a commit. */
  void prove() {
    dispatcher.block();
    long sentNanos = world.nanos();
    Map<Place, Long> offsets = committable();
    dispatcher.group.commit(
        dispatcher,
        generation,
        offsets,
        isTaken -> {
          if (isTaken) {
            accepted(offsets, sentNanos);
          } else {
            poll();
          }
          Set<Integer> now = takeChange();
          if (now != null) {
            dispatcher.moved(now);
          } else if (dispatcher.lease.holds(world.nanos())) {
            dispatcher.proven();
          } else {
            dispatcher.after(AGAIN_NANOS, this::prove);
          }
        });
  }

  void commit() {
    if (world.nanos() - commitNanos >= dispatcher.house.settings.commitInterval().toNanos()
        && !core.homes().isEmpty()) {
      commitNanos = world.nanos();
      long sentNanos = world.nanos();
      Map<Place, Long> offsets = committable();
      dispatcher.group.commit(
          dispatcher,
          generation,
          offsets,
          isTaken -> {
            if (isTaken) {
              accepted(offsets, sentNanos);
            }
          });
    }
  }

  private void accepted(Map<Place, Long> offsets, long sentNanos) {
    dispatcher.lease.renewFrom(sentNanos);
    offsets.forEach((place, offset) -> {
      for (Lane lane : Lane.values()) {
        if (place.equals(dispatcher.lane(lane, place.partition()))) {
          core.committed(place.partition(), lane, offset);
        }
      }
    });
  }

  /**
   * Opens again what somebody else opened though the group names us, if the group says so still.
   *
   * @return whether the loop waits for that
   */
  boolean reclaim() {
    Set<Integer> missing = new TreeSet<>(homes);
    missing.removeAll(core.homes());
    if (missing.isEmpty()) {
      return false;
    }
    dispatcher.block();
    long sentNanos = world.nanos();
    Map<Place, Long> offsets = committable();
    dispatcher.group.commit(
        dispatcher,
        generation,
        offsets,
        isTaken -> {
          if (!isTaken || !homes.containsAll(missing)) {
            dispatcher.goOn();
            return;
          }
          accepted(offsets, sentNanos);
          dispatcher.tell("opens homes", missing, "again, for which the group names it");
          dispatcher.ownership().open(missing);
        });
    return true;
  }

  /** A last commit, and then the group is left. */
  void leave() {
    dispatcher.group.commit(dispatcher, generation, committable(), isTaken -> {});
  }

  /** What may be committed of everything that is owned. */
  private Map<Place, Long> committable() {
    Map<Place, Long> offsets = new HashMap<>();
    boolean tooFar = world.flaw == Flaw.COMMITTED_TOO_FAR;
    for (int home : core.homes()) {
      for (Lane lane : Lane.values()) {
        Place place = dispatcher.lane(lane, home);
        offsets.put(place, tooFar ? dispatcher.data.position(place) : core.committable(home, lane));
      }
      Place events = new Place(House.EVENTS, home);
      offsets.put(events, tooFar ? dispatcher.data.position(events) : core.eventsCommittable(home));
    }
    return offsets;
  }
}
