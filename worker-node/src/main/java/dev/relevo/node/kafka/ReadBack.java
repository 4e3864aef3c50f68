package dev.relevo.node.kafka;

import dev.relevo.common.kafka.KafkaClients;
import dev.relevo.common.protocol.Assignment;
import dev.relevo.common.protocol.Fence;
import dev.relevo.common.protocol.MalformedRecordException;
import dev.relevo.common.protocol.MessageCodec;
import dev.relevo.common.protocol.ReplyPlace;
import dev.relevo.common.protocol.ReplyRecord;
import dev.relevo.common.reply.ReplyAssembler;
import dev.relevo.node.core.Given;
import dev.relevo.node.core.Transcript;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
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

  /**
   * What was read.
   *
   * @param given what readers have
   * @param firstStartedOffset where the job's first {@code started} stands
   */
  record Found(Given given, long firstStartedOffset) {}

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
   * @param ownOffset where the attempt's own {@code started} stands
   * @throws UnreadException if that takes longer than {@link #TIMEOUT}
   */
  Found read(Assignment assignment, ReplyPlace place, long ownOffset)
      throws UnreadException, InterruptedException {
    Long started = assignment.startedOffset();
    long from = Math.max(place.fromOffset(), started == null ? 0 : started);
    if (from >= ownOffset) {
      return new Found(Given.nothing(), ownOffset);
    }
    long deadlineNanos = time.nowNanos() + TIMEOUT.toNanos();
    if (!turns.tryAcquire(TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)) {
      throw new UnreadException("too many attempts read back their streams at once");
    }
    try (Consumer<String, byte[]> consumer =
        clients.assignedConsumer(
            clientId, KafkaClients.FetchWait.CHANGING, KafkaClients.Start.EARLIEST)) {
      return read(consumer, new Range(assignment.job(), place, from, ownOffset), deadlineNanos);
    } finally {
      turns.release();
    }
  }

  private Found read(Consumer<String, byte[]> consumer, Range range, long deadlineNanos)
      throws UnreadException {
    TopicPartition partition = range.partition();
    consumer.assign(List.of(partition));
    Long beginning = consumer.beginningOffsets(List.of(partition)).get(partition);
    long earliest = beginning == null ? 0 : beginning;
    consumer.seek(partition, Math.max(range.from(), earliest));
    ReplyAssembler assembler = ReplyAssembler.keepingText(Transcript.MAX_LENGTH);
    while (consumer.position(partition) < range.to()) {
      if (time.nowNanos() - deadlineNanos > 0) {
        throw new UnreadException(
            "the stream so far could not be read back from " + partition + " in time");
      }
      for (ConsumerRecord<String, byte[]> record : consumer.poll(POLL)) {
        if (record.offset() < range.to() && range.job().equals(record.key())) {
          take(assembler, record);
        }
      }
    }
    return found(assembler, range, earliest > range.from());
  }

  private static void take(ReplyAssembler assembler, ConsumerRecord<String, byte[]> record) {
    try {
      Fence fence = MessageCodec.fence(record.headers());
      if (fence != null) {
        ReplyRecord reply = MessageCodec.decode(ReplyRecord.class, record.value());
        assembler.accept(record.offset(), fence, reply);
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

  private static Found found(ReplyAssembler assembler, Range range, boolean partlyDeleted) {
    Transcript transcript = new Transcript();
    assembler.answers().forEach(transcript::add);
    if (assembler.isTruncated() || partlyDeleted) {
      transcript.addUnknown();
    }
    long first = assembler.firstStartedOffset();
    return new Found(
        new Given(transcript, assembler.nextSeq(), assembler.terminal()),
        first < 0 ? range.to() : first);
  }

  /**
   * What to read.
   *
   * @param from the first offset
   * @param to the offset behind the last
   */
  private record Range(String job, ReplyPlace place, long from, long to) {
    TopicPartition partition() {
      return new TopicPartition(place.topic(), place.partition());
    }
  }
}
