package dev.relevo.operator;

import dev.relevo.common.protocol.HeaderNames;
import dev.relevo.common.protocol.JobIds;
import dev.relevo.common.protocol.MalformedRecordException;
import dev.relevo.common.protocol.MessageCodec;
import dev.relevo.common.protocol.StateRecord;
import java.nio.charset.StandardCharsets;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.databind.json.JsonMapper;

/**
 * What a record of {@code relevo.state} is, as far as that can be told without reading all of it.
 *
 * @param kind what it says
 * @param id the job's id; empty where it is no job's
 * @param epoch its writer's; -1 where it is not told
 */
record StateEntry(Kind kind, String id, long epoch) {

  /** What it says. */
  enum Kind {
    /** A dispatcher took the home over. */
    OPENED,
    /** Where a job is. */
    JOB,
    /** A job is forgotten. */
    TOMBSTONE,
    /** Somebody's scribble. */
    UNREADABLE
  }

  static StateEntry of(ConsumerRecord<String, byte[]> record) {
    String key = record.key();
    if (StateRecord.OPENED_KEY.equals(key)) {
      return new StateEntry(Kind.OPENED, "", record.offset());
    }
    try {
      JobIds.check(key);
      return record.value() == null
          ? new StateEntry(
              Kind.TOMBSTONE, key, epoch(record.headers().lastHeader(HeaderNames.EPOCH)))
          : new StateEntry(Kind.JOB, key, epoch(record.value()));
    } catch (MalformedRecordException | JacksonException | NumberFormatException e) {
      return new StateEntry(Kind.UNREADABLE, "", -1);
    }
  }

  /**
   * Reads all of it.
   *
   * @throws MalformedRecordException if it is no job's record
   */
  static KnownJob job(ConsumerRecord<String, byte[]> record) {
    if (MessageCodec.decode(StateRecord.class, record.value()) instanceof StateRecord.Job job) {
      return new KnownJob(String.valueOf(record.key()), record.partition(), job);
    }
    throw new MalformedRecordException("it is no job's");
  }

  private static long epoch(@Nullable Header header) {
    return header == null || header.value() == null
        ? -1
        : Long.parseLong(new String(header.value(), StandardCharsets.UTF_8));
  }

  private static long epoch(byte[] json) {
    try (JsonParser parser = JsonMapper.shared().createParser(json)) {
      parser.nextToken();
      while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
        boolean found = parser.currentName().equals("epoch");
        parser.nextToken();
        if (found) {
          return parser.getLongValue();
        }
        parser.skipChildren();
      }
    }
    throw new MalformedRecordException("it has no epoch");
  }
}
