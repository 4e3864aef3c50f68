package dev.relevo.dispatcher.core;

import dev.relevo.common.protocol.AttemptReport;
import dev.relevo.common.protocol.DeadLetter;
import dev.relevo.common.protocol.EventRecord;
import dev.relevo.common.protocol.FailureCodes;
import dev.relevo.common.protocol.Fence;
import dev.relevo.common.protocol.JobHeaders;
import dev.relevo.common.protocol.JobStatus;
import dev.relevo.common.protocol.ReplyPlace;
import dev.relevo.common.protocol.ReplyRecord;
import org.jspecify.annotations.Nullable;

/**
 * How jobs end that no node ended (protocol section 4, Ending), and how dead letters are written.
 */
final class Endings {
  private final Surroundings around;

  Endings(Surroundings around) {
    this.around = around;
  }

  /** A node's word is the outcome: nothing is left to tell anybody but state. */
  void ended(Shard shard, JobEntry entry, JobStatus status, Moment now) {
    shard.release(entry);
    shard.recordEnd(entry, status, now);
  }

  /** A node told the reader that the job failed: a dead letter is due. */
  void failedByNode(
      Shard shard, JobEntry entry, JobStatus status, String code, String message, Moment now) {
    Fence fence = entry.fence == null ? shard.nextFence() : entry.fence;
    begin(shard, entry, new Ending(Ending.Step.BURYING, status, code, message, fence, true), now);
  }

  /** The shard ends the job. */
  void end(Shard shard, JobEntry entry, JobStatus status, String code, String message, Moment now) {
    Ending.Step first =
        entry.mayRun() || shard.mayRunElsewhere(entry)
            ? Ending.Step.SETTLING
            : Ending.Step.REPLYING;
    begin(shard, entry, new Ending(first, status, code, message, shard.nextFence(), false), now);
  }

  /** No model is left that the job may not be too long for; the provider said it best. */
  void tooLong(Shard shard, JobEntry entry, String words, Moment now) {
    end(shard, entry, JobStatus.DEAD, FailureCodes.INVALID_REQUEST, words, now);
  }

  void cancel(Shard shard, JobEntry entry, String reason, Moment now) {
    end(shard, entry, JobStatus.CANCELLED, "cancelled", reason, now);
  }

  /**
   * Ends a job that no node has and whose time is over.
   *
   * @return whether it is
   */
  boolean endOverdue(Shard shard, JobEntry entry, Moment now) {
    if (now.epochMs() >= entry.deadlineMs) {
      end(shard, entry, JobStatus.EXPIRED, FailureCodes.DEADLINE_EXCEEDED, tooLate(entry), now);
      return true;
    }
    if (!entry.taken && now.epochMs() >= entry.takeByMs) {
      end(
          shard,
          entry,
          JobStatus.DEAD,
          FailureCodes.NO_WORKERS_AVAILABLE,
          "no node could take the job for model "
              + String.join(", ", entry.models())
              + " within its relevo-max-wait",
          now);
      return true;
    }
    return false;
  }

  private static String tooLate(JobEntry entry) {
    if (entry.history().isEmpty()) {
      return "the job's deadline passed before a node could take it";
    }
    AttemptReport last = entry.history().getLast();
    return "the job's deadline passed before another attempt; the last, on node "
        + last.node()
        + ", ended so: "
        + last.message();
  }

  private void begin(Shard shard, JobEntry entry, Ending ending, Moment now) {
    shard.leaveLine(entry);
    shard.release(entry);
    entry.ending = ending;
    resume(shard, entry, now);
  }

  /** Does the step that is due; called again for one whose record had to be read first. */
  void resume(Shard shard, JobEntry entry, Moment now) {
    Ending ending = entry.ending;
    if (ending == null) {
      return;
    }
    if (!entry.isKnown() && !entry.gone) {
      wantIfOnlyByOffset(shard, entry);
      return;
    }
    switch (ending.step) {
      case SETTLING ->
          shard.emit(
              new Effect.Settle(
                  shard.home,
                  entry.id,
                  ending.fence,
                  new EventRecord.Settled(around.id, ending.status, ending.code, ending.message)));
      case REPLYING -> reply(shard, entry, ending, now);
      case READING_BACK, RECORDING -> {}
      case BURYING -> bury(shard, entry, ending, now);
    }
  }

  /** Our own word was read in events: from here no attempt's {@code finished} counts. */
  void settled(Shard shard, JobEntry entry, Fence fence, Moment now) {
    Ending ending = entry.ending;
    if (ending != null && ending.step == Ending.Step.SETTLING && ending.fence.equals(fence)) {
      ending.step = Ending.Step.REPLYING;
      resume(shard, entry, now);
    }
  }

  void replied(Shard shard, JobEntry entry, long offset, Moment now) {
    Ending ending = entry.ending;
    ReplyPlace place = entry.replyPlace();
    if (ending == null || ending.step != Ending.Step.REPLYING) {
      return;
    }
    if (place != null && (entry.mayRun() || shard.mayRunElsewhere(entry))) {
      ending.step = Ending.Step.READING_BACK;
      shard.emit(new Effect.ReadBack(shard.home, entry.id, place, offset));
    } else {
      bury(shard, entry, ending, now);
    }
  }

  /** Nobody listens there: the job ends all the same. */
  void unheard(Shard shard, JobEntry entry, Moment now) {
    Ending ending = entry.ending;
    if (ending != null
        && (ending.step == Ending.Step.REPLYING || ending.step == Ending.Step.READING_BACK)) {
      bury(shard, entry, ending, now);
    }
  }

  /** What ended the stream first is the outcome. */
  void readBack(Shard shard, JobEntry entry, @Nullable ReplyRecord terminal, Moment now) {
    Ending ending = entry.ending;
    if (ending == null || ending.step != Ending.Step.READING_BACK) {
      return;
    }
    if (terminal instanceof ReplyRecord.Done) {
      ending.status = JobStatus.SUCCEEDED;
    } else if (terminal instanceof ReplyRecord.Failed failed
        && ending.status == JobStatus.CANCELLED) {
      ending.status = JobStatus.DEAD;
      ending.code = failed.code();
      ending.message = failed.message();
    } else if (terminal instanceof ReplyRecord.Cancelled cancelled) {
      ending.status = JobStatus.CANCELLED;
      ending.message = cancelled.reason();
    }
    bury(shard, entry, ending, now);
  }

  void buried(Shard shard, JobEntry entry, Moment now) {
    Ending ending = entry.ending;
    if (ending != null && ending.step == Ending.Step.BURYING) {
      ending.step = Ending.Step.RECORDING;
      shard.recordEnd(entry, ending.status, now);
    }
  }

  private void reply(Shard shard, JobEntry entry, Ending ending, Moment now) {
    ReplyPlace place = entry.replyPlace();
    if (place == null) {
      bury(shard, entry, ending, now);
      return;
    }
    ReplyRecord record =
        ending.status == JobStatus.CANCELLED
            ? new ReplyRecord.Cancelled(ending.message)
            : new ReplyRecord.Failed(ending.code, ending.message, entry.attemptsUsed);
    shard.emit(new Effect.Reply(shard.home, entry.id, place, ending.fence, record));
  }

  private void bury(Shard shard, JobEntry entry, Ending ending, Moment now) {
    ending.step = Ending.Step.BURYING;
    if (ending.status == JobStatus.SUCCEEDED || ending.status == JobStatus.CANCELLED) {
      buried(shard, entry, now);
      return;
    }
    if (!entry.isAttached() && !entry.gone) {
      // The lane brings the record, or it is read by its offset; then this step is taken again.
      wantIfOnlyByOffset(shard, entry);
      return;
    }
    JobHeaders headers = entry.headers();
    JobRecord record = entry.isAttached() ? entry.record() : null;
    DeadLetter letter =
        new DeadLetter(
            ending.code,
            ending.message,
            entry.id,
            ending.fence.toString(),
            entry.lane,
            shard.home,
            entry.offset,
            entry.model(),
            headers.tenant(),
            now.epochMs(),
            entry.history());
    shard.emit(
        new Effect.Bury(
            shard.home,
            ending.fence.toString(),
            entry.id,
            letter,
            record == null ? ParkedHeaders.headers(headers) : record.headers(),
            record == null ? null : record.value()));
  }

  private void wantIfOnlyByOffset(Shard shard, JobEntry entry) {
    if (entry.isOnlyByOffset()) {
      around.parking.bodies.want(shard, entry);
    }
  }

  /**
   * Its record is here, or will never be: an ending that waited for it goes on.
   *
   * @param wasKnown whether only the dead letter waited for it; the steps before were taken
   */
  void recordIsHere(Shard shard, JobEntry entry, boolean wasKnown, Moment now) {
    Ending ending = entry.ending;
    if (ending != null && (!wasKnown || ending.step == Ending.Step.BURYING)) {
      resume(shard, entry, now);
    }
  }

  /** Its record was deleted before it could be read again: the job ends without it. */
  void gone(Shard shard, JobEntry entry, Moment now) {
    if (entry.ending != null) {
      entry.gone = true;
      recordIsHere(shard, entry, entry.isKnown(), now);
    } else if (entry.attempt == null) {
      entry.gone = true;
      end(
          shard,
          entry,
          JobStatus.DEAD,
          FailureCodes.RECORD_GONE,
          "the job's record at offset "
              + entry.offset
              + " of lane "
              + entry.lane.text()
              + ", partition "
              + shard.home
              + ", was deleted while the job waited",
          now);
    }
  }
}
