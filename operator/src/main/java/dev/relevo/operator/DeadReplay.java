package dev.relevo.operator;

import dev.relevo.common.protocol.DeadLetter;
import dev.relevo.common.protocol.HeaderNames;
import dev.relevo.common.protocol.JobHeaders;
import dev.relevo.common.protocol.MalformedRecordException;
import dev.relevo.common.protocol.ReplyPlace;
import dev.relevo.common.protocol.TopicNames;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.Set;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.jspecify.annotations.Nullable;

/** Makes the record that runs a dead letter again (protocol section 4, Replay). */
public final class DeadReplay {
  /**
   * What is said anew: the deadline has passed or soon will, and where the first answer failed is
   * no place from its beginning any more.
   */
  private static final Set<String> LEFT_OUT =
      Set.of(
          HeaderNames.DEAD,
          HeaderNames.REPLAY,
          HeaderNames.DEADLINE,
          HeaderNames.REPLY_TOPIC,
          HeaderNames.REPLY_PARTITION,
          HeaderNames.REPLY_OFFSET);

  private DeadReplay() {}

  /** Where the answer of the first try went, or null for nowhere. */
  public static @Nullable ReplyPlace firstPlace(DeadRecord dead) {
    try {
      return JobHeaders.parse(dead.headers()).replyPlace();
    } catch (MalformedRecordException e) {
      // It was a job once, so somebody has changed the letter: nobody is known who waits.
      return null;
    }
  }

  /**
   * The job's own key, bytes and headers, to the letter's own partition. The request's {@code
   * model} needs no change: the header wins over it everywhere.
   *
   * @param dead one without an {@link DeadRecord#obstacle obstacle}
   * @param toModel another model, or null for the job's own
   * @param place where the answer goes, or null for nowhere
   */
  static ProducerRecord<String, byte[]> record(
      DeadRecord dead, @Nullable String toModel, @Nullable ReplyPlace place, TopicNames topics) {
    DeadLetter letter = Objects.requireNonNull(dead.letter(), "a letter with an obstacle");
    ProducerRecord<String, byte[]> record =
        new ProducerRecord<>(
            topics.lane(letter.lane()), dead.partition(), letter.job(), dead.value());
    for (Header header : dead.headers()) {
      boolean replaced = toModel != null && header.key().equals(HeaderNames.MODEL);
      if (!LEFT_OUT.contains(header.key()) && !replaced) {
        record.headers().add(header);
      }
    }
    put(record.headers(), HeaderNames.MODEL, toModel);
    if (place != null) {
      put(record.headers(), HeaderNames.REPLY_TOPIC, place.topic());
      put(record.headers(), HeaderNames.REPLY_PARTITION, place.partition());
      put(record.headers(), HeaderNames.REPLY_OFFSET, place.fromOffset());
    }
    put(record.headers(), HeaderNames.REPLAY, letter.fence());
    return record;
  }

  private static void put(Headers headers, String name, @Nullable Object value) {
    if (value != null) {
      headers.add(name, value.toString().getBytes(StandardCharsets.UTF_8));
    }
  }
}
