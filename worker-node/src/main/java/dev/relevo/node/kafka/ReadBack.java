package dev.relevo.node.kafka;

import dev.relevo.common.kafka.KafkaClients;
import dev.relevo.common.protocol.Fence;
import dev.relevo.common.protocol.MalformedRecordException;
import dev.relevo.common.protocol.MessageCodec;
import dev.relevo.common.protocol.ReplyRecord;
import dev.relevo.node.core.GivenReader;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads what readers of a job have been given, up to an attempt's own {@code started} (protocol
 * section 5). Each read has a consumer of its own; at most {@link #MAX_AT_ONCE} read at a time.
 */
final class ReadBack {
  private static final Logger LOG = LoggerFactory.getLogger(ReadBack.class);

  /** After a node's death many attempts read at once; more consumers would only share one link. */
  static final int MAX_AT_ONCE = 8;

  /** One read, waiting for its turn included. */
  static final Duration TIMEOUT = Duration.ofSeconds(20);

  private static final Duration POLL = Duration.ofMillis(200);

  private final KafkaClients clients;
  private final String clientId;
  private final NodeTime time;
  private final Semaphore turns = new Semaphore(MAX_AT_ONCE);

  ReadBack(KafkaClients clients, String clientId, NodeTime time) {
    this.clients = clients;
    this.clientId = clientId;
    this.time = time;
  }

  /** The partition could not be read in time. */
  static final class UnreadException extends Exception {
    private static final long serialVersionUID = 1L;

    UnreadException(String message) {
      super(message);
    }
  }

  /**
   * Reads back.
   *
   * @throws UnreadException if that takes longer than {@link #TIMEOUT}
   */
  void read(GivenReader reader) throws UnreadException, InterruptedException {
    if (reader.from() >= reader.to()) {
      return;
    }
    long deadlineNanos = time.nowNanos() + TIMEOUT.toNanos();
    if (!turns.tryAcquire(TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)) {
      throw new UnreadException("too many attempts read back their streams at once");
    }
    try {
      readWithAConsumer(reader, deadlineNanos);
    } finally {
      turns.release();
    }
  }

  private void readWithAConsumer(GivenReader reader, long deadlineNanos) throws UnreadException {
    Consumer<String, byte[]> consumer =
        clients.assignedConsumer(
            clientId, KafkaClients.FetchWait.CHANGING, KafkaClients.Start.EARLIEST);
    try {
      read(consumer, reader, deadlineNanos);
    } finally {
      // Without a goodbye: it would wait for the fetch under way, and the answer for it.
      consumer.close(CloseOptions.timeout(Duration.ZERO));
    }
  }

  private void read(Consumer<String, byte[]> consumer, GivenReader reader, long deadlineNanos)
      throws UnreadException {
    TopicPartition partition =
        new TopicPartition(reader.place().topic(), reader.place().partition());
    consumer.assign(List.of(partition));
    Long beginning = consumer.beginningOffsets(List.of(partition)).get(partition);
    long earliest = beginning == null ? 0 : beginning;
    reader.beginsAt(earliest);
    consumer.seek(partition, Math.max(reader.from(), earliest));
    while (consumer.position(partition) < reader.to()) {
      if (time.nowNanos() - deadlineNanos > 0) {
        throw new UnreadException(
            "the stream so far could not be read back from " + partition + " in time");
      }
      for (ConsumerRecord<String, byte[]> record : consumer.poll(POLL)) {
        if (reader.job().equals(record.key())) {
          take(reader, record);
        }
      }
    }
  }

  private static void take(GivenReader reader, ConsumerRecord<String, byte[]> record) {
    try {
      Fence fence = MessageCodec.fence(record.headers());
      if (fence != null) {
        ReplyRecord reply = MessageCodec.decode(ReplyRecord.class, record.value());
        reader.accept(record.offset(), fence, reply);
      }
    } catch (MalformedRecordException e) {
      LOG.info(
          "Reading back, {}-{}@{} is void: {}",
          record.topic(),
          record.partition(),
          record.offset(),
          e.getMessage());
    }
  }
}
