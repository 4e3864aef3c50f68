package dev.relevo.dispatcher.core;

import dev.relevo.common.protocol.FailureCodes;
import dev.relevo.common.protocol.JobStatus;
import dev.relevo.common.protocol.StateRecord;
import org.jspecify.annotations.Nullable;

/** What follows from effects that were carried out, or could not be. */
final class Receipts {
  private final Surroundings around;
  private final Endings endings;

  Receipts(Surroundings around, Endings endings) {
    this.around = around;
    this.endings = endings;
  }

  void acknowledged(Shard shard, Effect effect, long offset, Moment now) {
    switch (effect) {
      case Effect.WriteState written -> state(shard, written);
      case Effect.Assign assign -> assigned(shard, assign, offset, now);
      case Effect.Reply reply -> {
        JobEntry entry = endingWith(shard, reply);
        if (entry != null) {
          endings.replied(shard, entry, offset, now);
        }
      }
      case Effect.Bury bury -> buried(shard, bury, now);
      case Effect.Settle _, Effect.ReadBack _, Effect.ReadBody _ -> {
        // A settled job goes on when its event is read, a reading when it says what it found.
      }
    }
  }

  void unheard(Shard shard, Effect effect, Moment now) {
    JobEntry entry =
        switch (effect) {
          case Effect.Reply reply -> endingWith(shard, reply);
          case Effect.ReadBack readBack -> shard.job(readBack.job());
          case Effect.WriteState _,
              Effect.Assign _,
              Effect.Settle _,
              Effect.ReadBody _,
              Effect.Bury _ ->
              null;
        };
    if (entry != null) {
      endings.unheard(shard, entry, now);
    }
  }

  void tooLarge(Shard shard, Effect.Assign assign, Moment now) {
    JobEntry entry = shard.job(assign.assignment().job());
    Attempt attempt = entry == null ? null : entry.attempt;
    if (entry != null
        && entry.ending == null
        && attempt != null
        && attempt.fence.equals(assign.assignment().fence())) {
      endings.end(
          shard,
          entry,
          JobStatus.DEAD,
          FailureCodes.MALFORMED_RECORD,
          "the job's body of "
              + assign.body().length
              + " bytes and its headers are larger than Kafka takes for a node",
          now);
    }
  }

  private void assigned(Shard shard, Effect.Assign assign, long offset, Moment now) {
    JobEntry entry = shard.job(assign.assignment().job());
    Attempt attempt = entry == null ? null : entry.attempt;
    if (attempt != null && attempt.fence.equals(assign.assignment().fence())) {
      attempt.acknowledged(offset, now);
      around.fleet.assigned(attempt.node, attempt.incarnation, offset, now.nanos());
    }
  }

  private void buried(Shard shard, Effect.Bury bury, Moment now) {
    if (bury.letter() == null) {
      shard.lanes.values().forEach(lane -> lane.takenOut(bury.key()));
      return;
    }
    JobEntry entry = bury.job() == null ? null : shard.job(bury.job());
    if (entry != null) {
      endings.buried(shard, entry, now);
    } else if (bury.job() == null) {
      shard.progress(bury.letter().lane()).settled(bury.letter().offset());
    }
  }

  private static void state(Shard shard, Effect.WriteState written) {
    if (written.epoch() != shard.epoch) {
      // The home was given up and opened anew meanwhile: what the old shard wrote may be void.
      return;
    }
    shard.stateAcknowledged();
    written.events().forEach(shard.events::settled);
    StateRecord.Job record = written.record();
    // What is parked is settled too: whoever comes next finds it in state.
    if (record != null && (record.status().isTerminal() || record.status() == JobStatus.PARKED)) {
      shard.progress(record.lane()).settled(record.offset());
    }
  }

  private static @Nullable JobEntry endingWith(Shard shard, Effect.Reply reply) {
    JobEntry entry = shard.job(reply.job());
    Ending ending = entry == null ? null : entry.ending;
    return ending != null && ending.fence.equals(reply.fence()) ? entry : null;
  }
}
