package dev.relevo.gateway.files;

import dev.relevo.common.kafka.KafkaClients;
import dev.relevo.common.kafka.KafkaClients.FetchWait;
import dev.relevo.common.kafka.KafkaClients.Start;
import dev.relevo.common.kafka.KafkaProblem;
import java.io.InputStream;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;

/**
 * The content of a file, read from its topic as it is needed: one fetch of some pieces is in
 * memory. For one thread.
 */
final class FileContent extends InputStream {
  private static final Duration POLL = Duration.ofMillis(500);

  /** How long Kafka may give nothing before the file counts as unreadable. */
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final KafkaClients clients;
  private final StoredFile file;
  private final Consumer<String, byte[]> consumer;
  private final Queue<byte[]> parts = new ArrayDeque<>();
  private byte[] part = {};
  private int at;
  private long left;
  private boolean ended;

  FileContent(KafkaClients clients, StoredFile file, TopicPartition place) {
    this.clients = clients;
    this.file = file;
    this.left = file.bytes();
    this.consumer =
        clients.assignedConsumer("relevo-file-" + file.uuid(), FetchWait.CHANGING, Start.EARLIEST);
    consumer.assign(List.of(place));
    consumer.seek(place, 0);
  }

  @Override
  public int read() {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
  }

  /**
   * Reads.
   *
   * @throws KafkaProblem when the content does not come, or is not what the file's end says
   */
  @Override
  public int read(byte[] into, int offset, int length) {
    Objects.checkFromIndexSize(offset, length, into.length);
    if (length == 0) {
      return 0;
    }
    if (left == 0) {
      return -1;
    }
    if (at == part.length) {
      part = next();
      at = 0;
    }
    int count = (int) Math.min(Math.min(length, part.length - at), left);
    System.arraycopy(part, at, into, offset, count);
    at += count;
    left -= count;
    return count;
  }

  private byte[] next() {
    long untilNanos = System.nanoTime() + PATIENCE.toNanos();
    while (parts.isEmpty()) {
      if (ended) {
        throw new KafkaProblem(
            KafkaProblem.Kind.BROKEN_RULE,
            "The file %s is shorter in Kafka than its end says; upload it again."
                .formatted(file.id()),
            null);
      }
      if (System.nanoTime() - untilNanos > 0) {
        throw new KafkaProblem(
            KafkaProblem.Kind.TIMEOUT,
            "The content of the file %s did not come within %d s: was it deleted meanwhile?"
                .formatted(file.id(), PATIENCE.toSeconds()),
            null);
      }
      poll();
    }
    return parts.remove();
  }

  private void poll() {
    try {
      for (ConsumerRecord<String, byte[]> record : consumer.poll(POLL)) {
        ended |= record.key() != null;
        if (!ended && record.value() != null && record.value().length > 0) {
          parts.add(record.value());
        }
      }
    } catch (KafkaException e) {
      throw clients.problem(e, "reading the file " + file.id());
    }
  }

  @Override
  public void close() {
    consumer.close(CloseOptions.timeout(Duration.ZERO));
  }
}
