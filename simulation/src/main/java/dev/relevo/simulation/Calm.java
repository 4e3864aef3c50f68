package dev.relevo.simulation;

import dev.relevo.common.protocol.JobStatus;
import dev.relevo.simulation.Dispatches.At;
import java.util.HashMap;
import java.util.Map;

/**
 * What has to happen soon when nothing goes wrong: from some seconds after the last fault on, a
 * cancel ends its job, and so does a deadline, within a bounded time.
 */
final class Calm {
  /** So long a house needs after the last fault, until everybody knows everybody. */
  static final long SETTLES_MS = 14_000;

  /** A second for the node or the dispatcher, and one for what has to be written. */
  private static final long SOON_MS = 2_000;

  private final World world;
  private final Audit audit;
  private final Map<Place, At> places = new HashMap<>();
  private long fromNanos = Long.MAX_VALUE;

  Calm(World world, Audit audit) {
    this.world = world;
    this.audit = audit;
  }

  /** All faults are over by then. */
  void from(long nanos) {
    fromNanos = nanos + SETTLES_MS * World.MS;
  }

  private boolean isCalm() {
    return world.nanos() >= fromNanos;
  }

  void submitted(Truth truth, At at, Asked asked) {
    if (!isCalm()) {
      return;
    }
    int home = at.place().partition();
    places.put(new Place(truth.job.id(), home), at);
    look(asked.dueMs(), truth, home, Invariant.DEADLINES);
    if (asked.isMeantBy(truth.cancelledMs)) {
      look(world.epochMs(), truth, home, Invariant.CANCELS_COUNT);
    }
    if (asked.takeByMs() < Long.MAX_VALUE) {
      long moment = asked.takeByMs() - World.EPOCH_MS + SOON_MS;
      world.at(
          moment * World.MS,
          () -> {
            JobStatus status = audit.home(home).status(truth.job.id());
            if (status == null || status == JobStatus.PARKED) {
              ended(truth, home, Invariant.DEADLINES);
            }
          });
    }
  }

  void cancelled(Truth truth) {
    if (isCalm()) {
      truth.homes().forEach(home -> look(world.epochMs(), truth, home, Invariant.CANCELS_COUNT));
    }
  }

  private void look(long sinceMs, Truth truth, int home, Invariant invariant) {
    long moment = sinceMs - World.EPOCH_MS + SOON_MS;
    world.at(moment * World.MS, () -> ended(truth, home, invariant));
  }

  private void ended(Truth truth, int home, Invariant invariant) {
    At at = places.get(new Place(truth.job.id(), home));
    if (at == null || !truth.homes().contains(home) || audit.home(home).isEnded(truth.job.id())) {
      return;
    }
    Long known = audit.dispatches.knownSince(at);
    if (known == null || world.nanos() - known < SOON_MS * World.MS) {
      // Nobody can end what stands unread in its lane, for the window is full.
      return;
    }
    throw new Violation(
        invariant,
        "job "
            + truth.job.id()
            + " of home "
            + home
            + " goes on in calm times, "
            + SOON_MS
            + " ms after it should have stopped: "
            + audit.home(home).current(truth.job.id()));
  }
}
