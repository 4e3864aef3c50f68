package dev.relevo.simulation;

import dev.relevo.common.protocol.Fence;
import dev.relevo.common.protocol.JobHeaders;
import dev.relevo.common.protocol.Lane;
import dev.relevo.common.protocol.ReplyPlace;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * What one record of a lane asks for.
 *
 * @param reply where the answer goes
 * @param from where its reader begins there
 * @param dueMs when it must have ended at the latest, epoch milliseconds
 * @param takeByMs when a node must have taken it
 * @param replay the letter that it runs again
 * @param nanos when it was appended
 * @param stampMs what the broker's clock said then, epoch milliseconds
 */
record Asked(
    @Nullable Place reply,
    long from,
    long dueMs,
    long takeByMs,
    @Nullable Fence replay,
    long nanos,
    long stampMs) {
  private static final long JOBS_DEADLINE_MS = TimeUnit.MINUTES.toMillis(15);
  private static final long BATCH_DEADLINE_MS = TimeUnit.HOURS.toMillis(24);

  static Asked of(Lane lane, SimRecord record) {
    JobHeaders headers = JobHeaders.parse(record.value(Submit.class).headers());
    ReplyPlace place = headers.replyPlace();
    long standard = lane == Lane.JOBS ? JOBS_DEADLINE_MS : BATCH_DEADLINE_MS;
    Long deadlineMs = headers.deadlineMs();
    Long maxWaitMs = headers.maxWaitMs();
    return new Asked(
        place == null ? null : SimEffects.place(place),
        place == null ? 0 : place.fromOffset(),
        deadlineMs == null ? record.stampMs() + standard : deadlineMs,
        maxWaitMs == null ? Long.MAX_VALUE : record.stampMs() + maxWaitMs,
        headers.replay(),
        record.nanos(),
        record.stampMs());
  }

  /** Whether a cancel means it: one from before a replay does not. */
  boolean isMeantBy(@Nullable Long cancelledMs) {
    return cancelledMs != null && (replay == null || cancelledMs >= stampMs);
  }
}
