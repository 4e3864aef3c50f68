package dev.relevo.dispatcher.kafka;

import dev.relevo.common.protocol.DeadLetter;
import dev.relevo.common.protocol.HeaderNames;
import dev.relevo.common.protocol.MessageCodec;
import java.util.List;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;

/**
 * A dead letter whose record does not fit into Kafka a second time: one that came compressed, for
 * instance. It says where the record stands instead.
 */
final class ShortLetter {
  /** A header of Relevo's own that is longer is what was wrong with the record. */
  private static final int LONGEST_HEADER = 4_096;

  private static final List<String> OURS =
      List.of(
          HeaderNames.REPLY_TOPIC,
          HeaderNames.REPLY_PARTITION,
          HeaderNames.REPLY_OFFSET,
          HeaderNames.MODEL,
          HeaderNames.FALLBACK_MODELS,
          HeaderNames.MAX_WAIT,
          HeaderNames.STRATEGY,
          HeaderNames.SESSION,
          HeaderNames.TENANT,
          HeaderNames.PRIORITY,
          HeaderNames.DEADLINE,
          HeaderNames.FAILOVER,
          HeaderNames.MAX_ATTEMPTS,
          HeaderNames.TRACEPARENT);

  private ShortLetter() {}

  static ProducerRecord<String, byte[]> of(
      ProducerRecord<String, byte[]> whole, DeadLetter letter) {
    Headers headers = new RecordHeaders();
    for (String name : OURS) {
      Header header = whole.headers().lastHeader(name);
      if (header != null && header.value() != null && header.value().length <= LONGEST_HEADER) {
        headers.add(header);
      }
    }
    headers.add(HeaderNames.DEAD, MessageCodec.encode(cut(letter, size(whole))));
    return new ProducerRecord<>(
        whole.topic(), whole.partition(), whole.key(), new byte[0], headers);
  }

  private static long size(ProducerRecord<String, byte[]> record) {
    long bytes = record.value() == null ? 0 : record.value().length;
    for (Header header : record.headers()) {
      bytes += header.key().length() + (header.value() == null ? 0 : header.value().length);
    }
    return bytes;
  }

  private static DeadLetter cut(DeadLetter letter, long bytes) {
    return new DeadLetter(
        letter.code(),
        "its "
            + bytes
            + " bytes do not fit into a dead letter: its record stands in the lane while that"
            + " keeps it. "
            + letter.message(),
        letter.job(),
        letter.fence(),
        letter.lane(),
        letter.partition(),
        letter.offset(),
        letter.model(),
        letter.tenant(),
        letter.failedAtMs(),
        letter.attempts());
  }
}
