package dev.relevo.simulation;

import dev.relevo.common.protocol.Assignment;
import dev.relevo.common.protocol.EventRecord;
import dev.relevo.common.protocol.ReplyPlace;
import java.util.HashMap;
import java.util.Map;

/** Holds nodes to their part: capacity, and calls that stop when they have to. */
final class NodeAudit {
  /** A cancel and a deadline stop a call within this. */
  private static final long STOP_NANOS = 1_000 * World.MS;

  /** A node that stood still for longer than this notices. */
  private static final long NOTICED_NANOS = 1_500 * World.MS;

  /** So long it may take to find out what others have taken meanwhile. */
  private static final long FIND_OUT_NANOS = 300 * World.MS;

  private final World world;
  private final House house;
  private final Map<SimNode, Map<String, Cancelled>> cancels = new HashMap<>();

  /** A cancel that was read: since when, and when the broker took it by its clock. */
  private record Cancelled(long nanos, long stampMs) {}

  NodeAudit(World world, House house) {
    this.world = world;
    this.house = house;
  }

  /** A node has read a cancel. */
  void cancelled(SimNode node, String job, long stampMs) {
    cancels
        .computeIfAbsent(node, any -> new HashMap<>())
        .put(job, new Cancelled(world.nanos(), stampMs));
  }

  /** A node runs an attempt. */
  void runs(SimNode node, Assignment assignment) {
    if (node.running() > node.shape().capacity()) {
      throw new Violation(
          Invariant.CAPACITY,
          node.name
              + " runs "
              + node.running()
              + " attempts, at most "
              + node.shape().capacity()
              + "; the last is "
              + assignment.fence());
    }
  }

  void ended(SimNode node, Assignment assignment, EventRecord.Finished finished) {
    if (node.running() < 0) {
      throw new Violation(
          Invariant.CAPACITY, node.name + " ended " + assignment.fence() + " twice: " + finished);
    }
  }

  /** A backend says a piece, and the attempt takes it. */
  void says(SimAttempt attempt) {
    SimNode node = attempt.node();
    Assignment given = attempt.assignment();
    long now = world.nanos();
    if (node.isEvenSince(now - STOP_NANOS)) {
      Cancelled cancelled = cancels.getOrDefault(node, Map.of()).get(given.job());
      Long replayedMs = given.replayedAtMs();
      if (cancelled != null
          && (replayedMs == null || cancelled.stampMs >= replayedMs)
          && now - Math.max(cancelled.nanos, attempt.takenNanos()) > STOP_NANOS) {
        throw stops(attempt, "was cancelled " + (now - cancelled.nanos) / World.MS + " ms ago");
      }
      long lateMs = node.epochMs() - given.deadlineMs();
      if (lateMs > STOP_NANOS / World.MS && now - attempt.takenNanos() > STOP_NANOS) {
        throw stops(attempt, "had its deadline " + lateMs + " ms ago");
      }
    }
    stale(attempt);
  }

  private static Violation stops(SimAttempt attempt, String why) {
    return new Violation(
        Invariant.CALLS_STOP,
        attempt.node().name
            + " still listens to a backend for attempt "
            + attempt.assignment().fence()
            + " of job "
            + attempt.assignment().job()
            + ", which "
            + why);
  }

  private void stale(SimAttempt attempt) {
    SimNode node = attempt.node();
    long woke = node.wokeNanos();
    ReplyPlace place = attempt.assignment().headers().replyPlace();
    if (woke < 0
        || place == null
        || attempt.takenNanos() > woke - node.stoodNanos()
        || node.stoodNanos() < NOTICED_NANOS
        || world.nanos() - woke < FIND_OUT_NANOS) {
      return;
    }
    SimLog.Partition partition = house.log.find(SimEffects.place(place));
    if (partition == null || partition.isAway() || partition.backNanos() >= woke) {
      return;
    }
    SimRecord claim = SimAwakening.claim(attempt, partition, place.fromOffset());
    if (claim != null && claim.nanos() < woke) {
      throw new Violation(
          Invariant.STALE_WORK_STOPS,
          node.name
              + " woke "
              + (world.nanos() - woke) / World.MS
              + " ms ago and still runs "
              + attempt.assignment().fence()
              + " of job "
              + attempt.assignment().job()
              + ", whose stream "
              + claim.fence()
              + " had taken before");
    }
  }
}
