package dev.relevo.dispatcher.core;

import dev.relevo.common.protocol.JobStatus;
import dev.relevo.common.protocol.Lane;
import dev.relevo.common.protocol.StateRecord;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What is remembered of a job that ended, so that a second submit of it runs nothing. */
record EndedJob(
    JobStatus status,
    Lane lane,
    long offset,
    long endedAtMs,
    @Nullable String fence,
    @Nullable String replyTopic) {

  static EndedJob of(StateRecord.Job state) {
    return new EndedJob(
        state.status(),
        state.lane(),
        state.offset(),
        state.updatedAtMs(),
        state.fence(),
        state.replyTopic());
  }

  /** The terminal record, without the history that only the first one tells. */
  StateRecord.Job toState(long epoch) {
    return new StateRecord.Job(
        epoch,
        status,
        lane,
        offset,
        fence,
        null,
        null,
        null,
        null,
        true,
        0,
        List.of(),
        replyTopic,
        0,
        null,
        null,
        0,
        endedAtMs,
        null,
        null,
        Map.of());
  }
}
