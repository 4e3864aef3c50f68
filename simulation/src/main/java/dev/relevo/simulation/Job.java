package dev.relevo.simulation;

import dev.relevo.common.protocol.Failover;
import dev.relevo.common.protocol.Fence;
import dev.relevo.common.protocol.JobHeaders;
import dev.relevo.common.protocol.Lane;
import dev.relevo.common.protocol.ReplyPlace;
import java.util.List;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.jspecify.annotations.Nullable;

/**
 * A job that is going to be submitted.
 *
 * @param id its id
 * @param home where its producer puts it
 * @param reply where its answer goes; null for nowhere
 * @param deadlineMs milliseconds from its submission; null for the lane's
 * @param plain whether its answer may be continued
 * @param tenant whose it is
 * @param priority 0 (first) to 9
 */
record Job(
    String id,
    Lane lane,
    int home,
    @Nullable Place reply,
    List<String> models,
    Failover failover,
    @Nullable Long deadlineMs,
    @Nullable Long maxWaitMs,
    @Nullable Integer maxAttempts,
    boolean plain,
    String tenant,
    int priority) {

  /**
   * The headers of its record.
   *
   * @param replay the letter that is run again; null for none
   */
  Headers headers(@Nullable Place place, long fromOffset, long nowMs, @Nullable Fence replay) {
    Headers headers = new RecordHeaders();
    new JobHeaders(
            place == null ? null : new ReplyPlace(place.topic(), place.partition(), fromOffset),
            models.getFirst(),
            models.subList(1, models.size()),
            maxWaitMs,
            null,
            null,
            tenant,
            priority,
            deadlineMs == null ? null : Long.valueOf(nowMs + deadlineMs),
            failover,
            maxAttempts,
            replay,
            null)
        .writeTo(headers);
    return headers;
  }
}
