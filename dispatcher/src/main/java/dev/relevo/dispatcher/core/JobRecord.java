package dev.relevo.dispatcher.core;

import dev.relevo.common.protocol.Lane;
import org.apache.kafka.common.header.Headers;
import org.jspecify.annotations.Nullable;

/**
 * A record of a job lane, not yet judged.
 *
 * @param lane where it stands
 * @param offset its offset there
 * @param appendedAtMs when the broker took it, epoch milliseconds
 * @param key the job's id, if it has one
 * @param headers as they stand
 * @param value as it stands
 */
// The bytes are passed on as they came, and records of a lane are never compared.
@SuppressWarnings("ArrayRecordComponent")
public record JobRecord(
    Lane lane,
    long offset,
    long appendedAtMs,
    @Nullable String key,
    Headers headers,
    byte @Nullable [] value) {

  /** What it costs to keep, bytes. */
  int size() {
    return value == null ? 0 : value.length;
  }
}
