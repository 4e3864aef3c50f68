package dev.relevo.launcher;

import dev.relevo.common.protocol.DeadLetter;
import dev.relevo.common.protocol.Fence;
import dev.relevo.common.protocol.HeaderNames;
import dev.relevo.common.protocol.JobIds;
import dev.relevo.common.protocol.MalformedRecordException;
import dev.relevo.common.protocol.MessageCodec;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.jspecify.annotations.Nullable;

/**
 * A record of {@code relevo.dead}: the job's own bytes and headers, and why they lie there.
 *
 * @param partition its home
 * @param offset in {@code relevo.dead}
 * @param writtenAtMs epoch milliseconds, as Kafka has it
 * @param key the letter's key
 * @param headers the job's own, and {@code relevo-dead}
 * @param value the job's own; empty when its record was gone
 * @param letter why it lies there; null when that cannot be read
 * @param complaint why it cannot be read, or empty
 */
// Only passed on, never compared.
@SuppressWarnings("ArrayRecordComponent")
record DeadRecord(
    int partition,
    long offset,
    long writtenAtMs,
    String key,
    Headers headers,
    byte[] value,
    @Nullable DeadLetter letter,
    String complaint) {

  /** The error class of a letter that no dispatcher of ours wrote. */
  static final String UNREADABLE = "unreadable";

  /**
   * @param record not a tombstone
   */
  static DeadRecord of(ConsumerRecord<String, byte[]> record) {
    DeadLetter letter = null;
    String complaint = "";
    try {
      letter = letter(record.headers());
    } catch (MalformedRecordException e) {
      complaint = "its header " + HeaderNames.DEAD + " cannot be read: " + e.getMessage();
    }
    return new DeadRecord(
        record.partition(),
        record.offset(),
        record.timestamp(),
        String.valueOf(record.key()),
        record.headers(),
        record.value(),
        letter,
        complaint);
  }

  private static DeadLetter letter(Headers headers) {
    Header header = headers.lastHeader(HeaderNames.DEAD);
    if (header == null) {
      throw new MalformedRecordException("it is missing");
    }
    return MessageCodec.decode(DeadLetter.class, header.value());
  }

  /** The job's id if it has a legal one, else null. */
  @Nullable String job() {
    try {
      return letter == null ? null : JobIds.check(letter.job());
    } catch (MalformedRecordException e) {
      return null;
    }
  }

  /** By what the letter can be named in a command: its job's id, or its key. */
  String name() {
    String job = job();
    return job == null ? key : job;
  }

  /** When the job died, epoch milliseconds. */
  long whenMs() {
    return letter == null ? writtenAtMs : letter.failedAtMs();
  }

  /** The error class. */
  String error() {
    return letter == null ? UNREADABLE : letter.code();
  }

  /** How the last attempt ended, if there was one and it ended in another class. */
  Optional<String> lastError() {
    if (letter == null || letter.attempts().isEmpty()) {
      return Optional.empty();
    }
    String last = letter.attempts().getLast().code();
    return last.equals(letter.code()) ? Optional.empty() : Optional.of(last);
  }

  int attempts() {
    return letter == null ? 0 : letter.attempts().size();
  }

  String reason() {
    return letter == null ? complaint : letter.message();
  }

  /** Why it cannot be run again; empty when it can. */
  Optional<String> obstacle() {
    if (letter == null) {
      return Optional.of(complaint);
    }
    String fence = letter.fence();
    if (fence == null || job() == null) {
      return Optional.of("its record never became a job: " + letter.message());
    }
    try {
      Fence.parse(fence);
    } catch (MalformedRecordException e) {
      return Optional.of(String.valueOf(e.getMessage()));
    }
    return value.length == 0
        ? Optional.of("its request was deleted from its lane before it lay here")
        : Optional.empty();
  }
}
