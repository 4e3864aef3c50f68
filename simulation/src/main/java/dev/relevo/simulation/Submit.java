package dev.relevo.simulation;

import org.apache.kafka.common.header.Headers;

/**
 * A record of a job lane, as a producer wrote it.
 *
 * @param headers its headers
 */
record Submit(Headers headers) {
  /** All jobs have the same body; what their models answer follows from their ids. */
  static final byte[] BODY = {'{', '}'};
}
