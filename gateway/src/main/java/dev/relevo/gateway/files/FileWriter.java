package dev.relevo.gateway.files;

import dev.relevo.common.kafka.KafkaClients;
import dev.relevo.common.kafka.KafkaProblem;
import dev.relevo.common.kafka.ProducerProfile;
import java.io.OutputStream;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.jspecify.annotations.Nullable;

/**
 * Writes one file, in pieces, with at most {@link #MOST_UNACKNOWLEDGED} of them under way. It is a
 * file when {@link #finish} has returned; closed before that, its topic is removed. For one thread.
 */
public final class FileWriter extends OutputStream {
  /** Pieces that Kafka has not acknowledged; they and one that fills are all that is in memory. */
  private static final int MOST_UNACKNOWLEDGED = 4;

  private static final Duration WRITE_BOUND = Duration.ofMinutes(2);
  private static final Duration CLOSE_BOUND = Duration.ofSeconds(5);

  private final KafkaClients clients;
  private final FileStore store;
  private final String uuid;
  private final String topic;
  private final long createdAtMs;
  private final Producer<String, byte[]> producer;
  private final Semaphore room = new Semaphore(MOST_UNACKNOWLEDGED);
  private final AtomicReference<@Nullable Exception> failure = new AtomicReference<>();
  private byte[] part = new byte[FileParts.PART_BYTES];
  private int filled;
  private long bytes;
  private boolean finished;

  FileWriter(KafkaClients clients, FileStore store, String uuid, String topic, long createdAtMs) {
    this.clients = clients;
    this.store = store;
    this.uuid = uuid;
    this.topic = topic;
    this.createdAtMs = createdAtMs;
    this.producer = clients.producer(ProducerProfile.STATE, "relevo-file-" + uuid);
  }

  /** The UUID of what becomes the file. */
  public String uuid() {
    return uuid;
  }

  /** Bytes that were written. */
  public long bytes() {
    return bytes;
  }

  @Override
  public void write(int one) {
    write(new byte[] {(byte) one}, 0, 1);
  }

  /**
   * Writes; waits while Kafka does not keep up.
   *
   * @throws KafkaProblem when Kafka has not taken an earlier piece, or takes none for two minutes
   */
  @Override
  public void write(byte[] from, int offset, int length) {
    int at = offset;
    int left = length;
    while (left > 0) {
      int count = Math.min(left, part.length - filled);
      System.arraycopy(from, at, part, filled, count);
      filled += count;
      at += count;
      left -= count;
      if (filled == part.length) {
        sendPart();
      }
    }
    bytes += length;
  }

  private void sendPart() {
    byte[] full = filled == part.length ? part : Arrays.copyOf(part, filled);
    send(new ProducerRecord<>(topic, 0, null, full));
    part = new byte[FileParts.PART_BYTES];
    filled = 0;
  }

  private void send(ProducerRecord<String, byte[]> record) {
    acquire(1);
    try {
      var _ =
          producer.send(
              record,
              (_, thrown) -> {
                if (thrown != null) {
                  failure.compareAndSet(null, thrown);
                }
                room.release();
              });
    } catch (RuntimeException e) {
      room.release();
      throw problem(e);
    }
  }

  private void acquire(int permits) {
    try {
      if (!room.tryAcquire(permits, WRITE_BOUND.toSeconds(), TimeUnit.SECONDS)) {
        throw new KafkaProblem(
            KafkaProblem.Kind.TIMEOUT,
            "Kafka took no piece of the file %s for %d s: is a broker down?"
                .formatted(StoredFile.id(uuid), WRITE_BOUND.toSeconds()),
            null);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw problem(e);
    }
    Exception earlier = failure.get();
    if (earlier != null) {
      room.release(permits);
      throw problem(earlier);
    }
  }

  private KafkaProblem problem(Exception cause) {
    return clients.problem(cause, "writing the file " + StoredFile.id(uuid));
  }

  /**
   * Makes it a file, when Kafka has all of it.
   *
   * @param life from its beginning on
   * @param batch that wrote it; null for an upload
   */
  public StoredFile finish(
      String filename, String purpose, String tenant, Duration life, @Nullable String batch) {
    if (filled > 0) {
      sendPart();
    }
    acquire(MOST_UNACKNOWLEDGED);
    room.release(MOST_UNACKNOWLEDGED);
    StoredFile file =
        new StoredFile(
            uuid,
            bytes,
            createdAtMs,
            createdAtMs + life.toMillis(),
            filename,
            purpose,
            tenant,
            batch);
    send(new ProducerRecord<>(topic, 0, FileParts.CLOSING_KEY, file.encode()));
    acquire(MOST_UNACKNOWLEDGED);
    room.release(MOST_UNACKNOWLEDGED);
    finished = true;
    return file;
  }

  /** Ends the writing; what is not finished is removed. */
  @Override
  public void close() {
    producer.close(finished ? CLOSE_BOUND : Duration.ZERO);
    if (!finished) {
      store.abandon(topic);
    }
  }
}
