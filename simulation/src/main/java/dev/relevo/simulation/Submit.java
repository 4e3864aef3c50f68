package dev.relevo.simulation;

import org.apache.kafka.common.header.Headers;
import org.jspecify.annotations.Nullable;

/**
 * A record of a job lane, as a producer wrote it.
 *
 * @param key its key; the log's own name for it is another one where it has none
 * @param headers its headers
 * @param body its value
 * @param readable whether a dispatcher can make a job of it
 */
// The bytes are passed on as they came, and records of a lane are never compared.
@SuppressWarnings("ArrayRecordComponent")
record Submit(@Nullable String key, Headers headers, byte @Nullable [] body, boolean readable) {
  /** All jobs have the same body; what their models answer follows from their ids. */
  static final byte[] BODY = {'{', '}'};

  /** A job's record. */
  static Submit job(String id, Headers headers) {
    return new Submit(id, headers, BODY, true);
  }
}
