package dev.relevo.simulation;

import dev.relevo.common.protocol.JobStatus;

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

  void submitted(Truth truth, int home, Asked asked) {
    if (!isCalm()) {
      return;
    }
    long dueMs = asked.dueMs() - World.EPOCH_MS;
    world.at((dueMs + SOON_MS) * World.MS, () -> ended(truth, home, Invariant.DEADLINES));
    Long cancelled = truth.cancelledNanos;
    if (cancelled != null) {
      world.at(
          world.nanos() + SOON_MS * World.MS, () -> ended(truth, home, Invariant.CANCELS_COUNT));
    }
    if (asked.takeByMs() < Long.MAX_VALUE) {
      long takeByMs = asked.takeByMs() - World.EPOCH_MS;
      world.at(
          (takeByMs + SOON_MS) * World.MS,
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
      for (int home : truth.homes()) {
        world.at(
            world.nanos() + SOON_MS * World.MS, () -> ended(truth, home, Invariant.CANCELS_COUNT));
      }
    }
  }

  private void ended(Truth truth, int home, Invariant invariant) {
    if (truth.homes().contains(home) && !audit.home(home).isEnded(truth.job.id())) {
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
}
