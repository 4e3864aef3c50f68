package dev.relevo.operator;

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
 * @param gist why it lies there; null when that cannot be read
 * @param complaint why it cannot be read, or empty
 */
// Only passed on, never compared.
@SuppressWarnings("ArrayRecordComponent")
public record DeadRecord(
    int partition,
    long offset,
    long writtenAtMs,
    String key,
    Headers headers,
    byte[] value,
    @Nullable DeadGist gist,
    String complaint) {

  /** The error class of a letter that no dispatcher of ours wrote. */
  public static final String UNREADABLE = "unreadable";

  /**
   * Reads what the record says of itself; never fails.
   *
   * @param record not a tombstone
   */
  public static DeadRecord of(ConsumerRecord<String, byte[]> record) {
    DeadGist gist = null;
    String complaint = "";
    try {
      gist = DeadGist.read(header(record.headers()));
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
        gist,
        complaint);
  }

  private static byte @Nullable [] header(Headers headers) {
    Header header = headers.lastHeader(HeaderNames.DEAD);
    if (header == null) {
      throw new MalformedRecordException("it is missing");
    }
    return header.value();
  }

  /** The whole letter, made anew with each call; null when it cannot be read. */
  public @Nullable DeadLetter letter() {
    return gist == null ? null : MessageCodec.decode(DeadLetter.class, header(headers));
  }

  /** The job's id if it has a legal one, else null. */
  public @Nullable String job() {
    try {
      return gist == null ? null : JobIds.check(gist.job());
    } catch (MalformedRecordException e) {
      return null;
    }
  }

  /** By what the letter can be named in a command: its job's id, or its key. */
  public String name() {
    String job = job();
    return job == null ? key : job;
  }

  /** When the job died, epoch milliseconds. */
  public long whenMs() {
    return gist == null ? writtenAtMs : gist.failedAtMs();
  }

  /** The error class. */
  public String error() {
    return gist == null ? UNREADABLE : gist.code();
  }

  /** How the last attempt ended, if there was one and it ended in another class. */
  public Optional<String> lastError() {
    return Optional.ofNullable(gist).map(DeadGist::lastCode).filter(last -> !last.equals(error()));
  }

  /** How many attempts were made; 0 where that cannot be read. */
  public int attempts() {
    return gist == null ? 0 : gist.attempts();
  }

  /** Why it lies there, in a sentence. */
  public String reason() {
    return gist == null ? complaint : gist.message();
  }

  /** Why it cannot be run again; empty when it can. */
  public Optional<String> obstacle() {
    if (gist == null) {
      return Optional.of(complaint);
    }
    String fence = gist.fence();
    if (fence == null || job() == null) {
      return Optional.of("its record never became a job: " + gist.message());
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
