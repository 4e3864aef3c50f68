package dev.relevo.dispatcher.core;

import dev.relevo.common.protocol.FailureCodes;
import dev.relevo.common.protocol.JobStatus;
import dev.relevo.common.protocol.NodeBeat;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * What time alone brings: attempts that are lost, deadlines, jobs that nobody took, ended jobs to
 * forget.
 */
final class Watch {
  /**
   * How long the nodes of adopted attempts have to be heard of: the default interval, as often as
   * one may be missed.
   */
  private static final Duration USUAL_INTERVAL = Duration.ofSeconds(1);

  /**
   * How long a live attempt has to stop by itself when its job is cancelled or too late. Its own
   * word is cheaper, for nobody need read anything back; but whoever asked hears of the end within
   * a second, whatever became of the node. No longer than {@code dispatcher.ack-timeout}.
   */
  static final Duration STOP_GRACE = Duration.ofMillis(500);

  /**
   * After a take-over a lane brings its jobs' records again, unless they were deleted meanwhile.
   * What it has not brought in this time is asked for by its offset.
   */
  private static final Duration LANE_PATIENCE = Duration.ofSeconds(30);

  private static final int MAX_FORGOTTEN_AT_ONCE = 500;

  /** Replies to those who are gone take long: so many jobs end at a time, and the others wait. */
  private static final int MAX_ENDING = 1_000;

  private final Surroundings around;
  private final Endings endings;
  private final Outcomes outcomes;
  private final long ackTimeoutNanos;
  private final long stopGraceNanos;
  private int endingNow;
  private boolean excused;
  private long excusedNanos;

  Watch(Surroundings around, Endings endings, Outcomes outcomes) {
    this.around = around;
    this.endings = endings;
    this.outcomes = outcomes;
    this.ackTimeoutNanos = around.settings.ackTimeout().toNanos();
    this.stopGraceNanos = Math.min(STOP_GRACE.toNanos(), ackTimeoutNanos);
  }

  /**
   * @param eventsCaughtUp whether the home's events are read to their end
   * @param ownBeatsLate whether beats come late for everybody: then no attempt is taken for lost
   */
  void tick(Shard shard, boolean eventsCaughtUp, boolean ownBeatsLate, Moment now) {
    if (ownBeatsLate) {
      excused = true;
      excusedNanos = now.nanos();
    }
    // What nodes had no time to say while the broker was slow they say now.
    boolean judges = !excused || now.nanos() - excusedNanos >= ackTimeoutNanos;
    for (JobEntry entry : new ArrayList<>(shard.live.values())) {
      if (shard.settledIn && entry.attempt == null && entry.waitsForLane()) {
        overdueInLane(shard, entry, now);
      }
      if (entry.ending != null) {
        endingNow++;
        continue;
      }
      if (entry.attempt != null && judges) {
        attempt(shard, entry, entry.attempt, eventsCaughtUp, now);
      }
      if (entry.ending == null && !entry.outside && entry.isKnown()) {
        job(shard, entry, now);
      }
    }
    forget(shard, now);
  }

  private void overdueInLane(Shard shard, JobEntry entry, Moment now) {
    if (now.nanos() - entry.waitingSinceNanos < LANE_PATIENCE.toNanos()) {
      return;
    }
    entry.passed = true;
    if (entry.ending != null) {
      around.parking.bodies.want(shard, entry);
    } else {
      around.parking.stand(shard, entry, now);
    }
  }

  /** Ends jobs outside the window whose patience has ended; after every shard's tick. */
  void parked(Moment now) {
    while (endingNow++ < MAX_ENDING) {
      Turn turn = around.parking.nextDue(now);
      if (turn == null) {
        break;
      }
      job(turn.shard(), turn.entry(), now);
      around.parking.waitOn(turn);
    }
    endingNow = 0;
  }

  /** A node is gone, or is a new process under its old name: what it had is lost at once. */
  void nodeLost(Shard shard, String node, String incarnation, String message, Moment now) {
    for (JobEntry entry : new ArrayList<>(shard.live.values())) {
      Attempt attempt = entry.attempt;
      if (attempt != null && attempt.isOn(node, incarnation) && entry.ending == null) {
        outcomes.lost(shard, entry, true, message, now);
      }
    }
  }

  private void attempt(
      Shard shard, JobEntry entry, Attempt attempt, boolean eventsCaughtUp, Moment now) {
    NodeBeat beat = around.fleet.beat(attempt.node, attempt.incarnation);
    if (beat == null) {
      long graceNanos = USUAL_INTERVAL.toNanos() * around.settings.missedHeartbeats();
      if (attempt.ageNanos(now) >= graceNanos) {
        outcomes.lost(
            shard, entry, true, "node " + attempt.node + " was not heard of any more", now);
      }
      return;
    }
    if (!attempt.isVisible()) {
      return;
    }
    if (!attempt.isReadAt(beat.position())) {
      // One that was accepted was read, whatever the last beat, which may be older, says.
      if (entry.status() != JobStatus.RUNNING && attempt.ageNanos(now) >= ackTimeoutNanos) {
        around.fleet.unread(attempt.node, attempt.incarnation, attempt.offset());
        outcomes.lost(
            shard, entry, false, "node " + attempt.node + " did not read the assignment", now);
      }
      return;
    }
    attempt.listed(beat.attempts().containsKey(attempt.fence.toString()), now);
    if (eventsCaughtUp && attempt.unlistedNanos(now) >= ackTimeoutNanos) {
      outcomes.lost(
          shard, entry, false, "node " + attempt.node + " read the assignment and lost it", now);
    }
  }

  private void job(Shard shard, JobEntry entry, Moment now) {
    Attempt held = entry.attempt;
    Long cancelledAt = entry.cancelledAtNanos;
    if (cancelledAt != null) {
      // A live attempt stops by itself, and its own word counts, if it comes.
      if (held == null || now.nanos() - cancelledAt >= stopGraceNanos) {
        endings.cancel(shard, entry, entry.cancelReason, now);
      }
      return;
    }
    if (held == null) {
      endings.endOverdue(shard, entry, now);
    } else if (now.epochMs() >= entry.deadlineMs + TimeUnit.NANOSECONDS.toMillis(stopGraceNanos)) {
      endings.end(
          shard,
          entry,
          JobStatus.EXPIRED,
          FailureCodes.DEADLINE_EXCEEDED,
          "the job's deadline passed while node " + held.node + " had it",
          now);
    }
  }

  private void forget(Shard shard, Moment now) {
    long endedBeforeMs = now.epochMs() - around.settings.dedupeWindow().toMillis();
    Iterator<Map.Entry<String, EndedJob>> oldest = shard.ended.entrySet().iterator();
    for (int i = 0; i < MAX_FORGOTTEN_AT_ONCE && oldest.hasNext(); i++) {
      Map.Entry<String, EndedJob> job = oldest.next();
      boolean tooMany = shard.ended.size() > around.settings.dedupeMax();
      if (!tooMany && job.getValue().endedAtMs() > endedBeforeMs) {
        return;
      }
      // Before its lane's commit passed it, an heir would read its record again, and run it. Those
      // of a lane that stands still do not hold up the others.
      if (shard.isCommitted(job.getValue().lane(), job.getValue().offset())) {
        oldest.remove();
        shard.emit(new Effect.WriteState(shard.home, shard.epoch, job.getKey(), null, List.of()));
      }
    }
  }
}
