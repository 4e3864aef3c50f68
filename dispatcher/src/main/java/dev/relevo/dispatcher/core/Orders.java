package dev.relevo.dispatcher.core;

import dev.relevo.common.protocol.ControlRecord;
import java.util.Collection;

/** What control asks of jobs and lanes (protocol section 4). */
final class Orders {
  private final Surroundings around;
  private final Endings endings;

  Orders(Surroundings around, Endings endings) {
    this.around = around;
    this.endings = endings;
  }

  /**
   * @param shards those that are open; one id may be a job in several
   * @param appendedAtMs when Kafka took the record
   */
  void control(Collection<Shard> shards, ControlRecord record, long appendedAtMs, Moment now) {
    switch (record) {
      case ControlRecord.Cancel cancel -> cancel(shards, cancel, appendedAtMs, now);
      case ControlRecord.Pause pause -> around.cancels.pause(pause.lane());
      case ControlRecord.Resume resume -> around.cancels.resume(resume.lane());
      case ControlRecord.Drain _, ControlRecord.BackendOrder _ -> {
        // The node says so itself, in its next beat.
      }
    }
  }

  private void cancel(
      Collection<Shard> shards, ControlRecord.Cancel cancel, long appendedAtMs, Moment now) {
    // Also of a job that is known: its home may be opened again before its end stands in state.
    around.cancels.remember(cancel, appendedAtMs);
    for (Shard shard : shards) {
      JobEntry entry = shard.job(cancel.job());
      if (entry == null || entry.ending != null || !Cancels.means(appendedAtMs, entry)) {
        continue;
      }
      if (entry.attempt == null && entry.isKnown()) {
        endings.cancel(shard, entry, cancel.reason(), now);
      } else if (entry.cancelledAtNanos == null) {
        entry.cancelledAtNanos = now.nanos();
        entry.cancelReason = cancel.reason();
      }
    }
  }
}
