package dev.relevo.node.kafka;

import dev.relevo.common.config.NodeSettings;
import dev.relevo.common.kafka.Position;
import dev.relevo.common.protocol.Assignment;
import dev.relevo.common.protocol.BeatRecord;
import dev.relevo.common.protocol.ControlRecord;
import dev.relevo.common.protocol.MalformedRecordException;
import dev.relevo.common.protocol.MessageCodec;
import dev.relevo.common.protocol.NodeBeat;
import dev.relevo.common.protocol.NodeBeat.State;
import dev.relevo.common.protocol.ReplyPlace;
import dev.relevo.common.protocol.TopicNames;
import dev.relevo.node.core.ControlLog;
import dev.relevo.node.core.Enrolment;
import dev.relevo.node.core.NodeFailedException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetAndTimestamp;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How a node comes into the house (protocol section 3): it listens whether its id is free, takes a
 * slot, beats, and reads control to its end; then its consumer stands ready on slot and control.
 * Used by the loop only.
 */
final class Arrival {
  private static final Logger LOG = LoggerFactory.getLogger(Arrival.class);

  /** Beats that old still tell how slowly another incarnation of this id beats. */
  private static final Duration HISTORY = Duration.ofMinutes(2);

  /** How soon a node that is told to stop before it has arrived looks up. */
  private static final Duration GLANCE = Duration.ofMillis(250);

  private static final Duration BEAT_TIMEOUT = Duration.ofSeconds(10);
  private static final Duration CONTROL_TIMEOUT = Duration.ofSeconds(30);

  private final NodeSettings settings;
  private final TopicNames topics;
  private final Consumer<String, byte[]> consumer;
  private final Heart heart;
  private final AttemptServices services;
  private final BooleanSupplier unwanted;
  private final TopicPartition heartbeats;
  private final TopicPartition controls;
  private ControlLog control;
  private TopicPartition slot;
  private long position;
  private int homes;

  /**
   * An arrival that has not begun.
   *
   * @param unwanted whether the node is to stop before it has arrived
   */
  Arrival(
      NodeSettings settings,
      TopicNames topics,
      Consumer<String, byte[]> consumer,
      Heart heart,
      AttemptServices services,
      BooleanSupplier unwanted) {
    this.settings = settings;
    this.topics = topics;
    this.consumer = consumer;
    this.heart = heart;
    this.services = services;
    this.unwanted = unwanted;
    this.heartbeats = new TopicPartition(topics.heartbeats(), 0);
    this.controls = new TopicPartition(topics.control(), 0);
    this.slot = new TopicPartition(topics.assignments(), 0);
    this.control = new ControlLog(settings.id(), 0);
  }

  /**
   * Comes in.
   *
   * @return false when the node was told to stop meanwhile
   * @throws dev.relevo.node.core.DuplicateNodeException if another live node has this id
   * @throws NodeFailedException if a topic is missing or Kafka does not answer in time
   */
  boolean enrol() {
    int slots = partitions(topics.assignments());
    homes = partitions(topics.events());
    List<TopicPartition> both = List.of(heartbeats, controls);
    partitions(topics.heartbeats());
    partitions(topics.control());
    Map<TopicPartition, Long> ends = consumer.endOffsets(both);
    long beatsEnd = end(ends, heartbeats);
    long controlEnd = end(ends, controls);
    control = new ControlLog(settings.id(), controlEnd);
    consumer.assign(both);
    consumer.seek(heartbeats, historyStart(beatsEnd));
    consumer.seekToBeginning(List.of(controls));
    long intervalMs = settings.heartbeatInterval().toMillis();
    Enrolment enrolment =
        new Enrolment(settings.id(), services.identity().incarnation(), beatsEnd, intervalMs);
    // Where nobody has ever beaten there is nobody to listen for; of two that start now, the first
    // beat decides below.
    if (beatsEnd > 0 && !listen(enrolment)) {
      return false;
    }
    enrolment.requireUnique();
    slot = new TopicPartition(topics.assignments(), enrolment.leastUsedSlot(slots));
    long slotEnd = end(consumer.endOffsets(List.of(slot)), slot);
    if (!winFirstBeat(enrolment, slotEnd) || !readControl(controlEnd)) {
      return false;
    }
    services.backends().begin();
    consumer.assign(List.of(slot, controls));
    consumer.seek(slot, slotEnd);
    position = slotEnd;
    return true;
  }

  private int partitions(String topic) {
    List<PartitionInfo> partitions = consumer.partitionsFor(topic);
    if (partitions == null || partitions.isEmpty()) {
      throw new NodeFailedException(
          "topic " + topic + " does not exist: run ./relevo topics create", null);
    }
    return partitions.size();
  }

  private long historyStart(long end) {
    long since = services.time().epochMs() - HISTORY.toMillis();
    OffsetAndTimestamp start = consumer.offsetsForTimes(Map.of(heartbeats, since)).get(heartbeats);
    return start == null ? end : start.offset();
  }

  private boolean listen(Enrolment enrolment) {
    long beganNanos = services.time().nowNanos();
    while (true) {
      long spentNanos = services.time().nowNanos() - beganNanos;
      long leftNanos = TimeUnit.MILLISECONDS.toNanos(enrolment.listenMs()) - spentNanos;
      if (leftNanos <= 0) {
        return true;
      }
      if (!read(enrolment, Duration.ofNanos(leftNanos))) {
        return false;
      }
    }
  }

  /** Of two that start at once, the one whose first beat stands first stays. */
  private boolean winFirstBeat(Enrolment enrolment, long slotEnd) {
    long nowNanos = services.time().nowNanos();
    long own;
    try {
      own =
          heart
              .beat(State.STARTING, slot.partition(), slotEnd, nowNanos)
              .get(BEAT_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      throw e.getCause() instanceof RuntimeException cause ? cause : new IllegalStateException(e);
    } catch (TimeoutException e) {
      throw new NodeFailedException("Kafka did not take the first heartbeat in time", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
    if (!readTo(heartbeats, own, enrolment)) {
      return false;
    }
    enrolment.requireUnique();
    return true;
  }

  private boolean readControl(long end) {
    return readTo(controls, end, null);
  }

  private boolean readTo(TopicPartition partition, long end, @Nullable Enrolment enrolment) {
    long beganNanos = services.time().nowNanos();
    while (consumer.position(partition) < end) {
      if (services.time().nowNanos() - beganNanos > CONTROL_TIMEOUT.toNanos()) {
        throw new NodeFailedException(
            partition.topic() + " could not be read to its end in time", null);
      }
      if (!read(enrolment, GLANCE)) {
        return false;
      }
    }
    return true;
  }

  private boolean read(@Nullable Enrolment enrolment, Duration atMost) {
    for (ConsumerRecord<String, byte[]> record :
        consumer.poll(atMost.compareTo(GLANCE) < 0 ? atMost : GLANCE)) {
      if (record.topic().equals(controls.topic())) {
        if (read(record) instanceof ControlLog.Order.Backend order) {
          services.backends().foresee(order);
        }
      } else if (enrolment != null) {
        hear(enrolment, record);
      }
    }
    return !unwanted.getAsBoolean();
  }

  private static long end(Map<TopicPartition, Long> ends, TopicPartition partition) {
    Long end = ends.get(partition);
    return end == null ? 0 : end;
  }

  private static void hear(Enrolment enrolment, ConsumerRecord<String, byte[]> record) {
    try {
      if (MessageCodec.decode(BeatRecord.class, record.value()) instanceof NodeBeat beat) {
        enrolment.hear(record.offset(), beat);
      }
    } catch (MalformedRecordException e) {
      LOG.warn("The heartbeat at offset {} is unreadable: {}", record.offset(), e.getMessage());
    }
  }

  /** Reads a record of control; null when it asks nothing of this node. */
  ControlLog.@Nullable Order read(ConsumerRecord<String, byte[]> record) {
    try {
      return control.read(
          record.offset(),
          record.timestamp(),
          MessageCodec.decode(ControlRecord.class, record.value()));
    } catch (MalformedRecordException e) {
      LOG.warn(
          "The control record at offset {} is unreadable: {}", record.offset(), e.getMessage());
      return null;
    }
  }

  /** Why the job of an assignment was cancelled; null when it was not. */
  @Nullable String cancelled(Assignment assignment) {
    return control.cancelled(assignment);
  }

  int slot() {
    return slot.partition();
  }

  /** The next offset that the loop will read in its slot; the one before while Kafka is asked. */
  long position() {
    position = Position.now(consumer, slot).orElse(position);
    return position;
  }

  boolean isAssignment(ConsumerRecord<String, byte[]> record) {
    return record.topic().equals(slot.topic());
  }

  /**
   * Reads an assignment.
   *
   * @throws MalformedRecordException if it is not what the protocol says, or names a reply place
   *     that is not obeyed
   */
  Assignment parse(ConsumerRecord<String, byte[]> record) {
    Assignment assignment = Assignment.parse(record.key(), record.headers());
    ReplyPlace place = assignment.headers().replyPlace();
    if (place != null && !topics.isReplyPlace(place.topic())) {
      throw new MalformedRecordException("'" + place.topic() + "' is no reply place");
    }
    if (assignment.fence().home() >= homes) {
      // An answer could not be written, and the loop would wait for that.
      throw new MalformedRecordException(
          "home " + assignment.fence().home() + " is none of " + homes);
    }
    return assignment;
  }

  /** Whether an answer to an assignment could be written. */
  boolean isHome(int home) {
    return home < homes;
  }
}
