package dev.relevo.dispatcher.kafka;

import dev.relevo.common.protocol.BeatRecord;
import dev.relevo.common.protocol.ControlRecord;
import dev.relevo.common.protocol.Lane;
import dev.relevo.common.protocol.MalformedRecordException;
import dev.relevo.common.protocol.MessageCodec;
import dev.relevo.common.protocol.NodeBeat;
import dev.relevo.common.protocol.TopicNames;
import dev.relevo.dispatcher.core.DispatcherCore;
import dev.relevo.dispatcher.core.Moment;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What concerns the whole house: beats and control, read by every dispatcher. */
final class HouseRecords {
  /** More beats than a large fleet sends in the time that one counts for. */
  private static final long MAX_OLD_BEATS = 5_000;

  private static final Duration POLL = Duration.ofMillis(500);
  private static final Logger LOG = LoggerFactory.getLogger(HouseRecords.class);

  private final DispatcherCore core;
  private final TopicNames topics;
  private final String id;
  private final int slots;
  private final Clock clock;
  private final TopicPartition heartbeats;
  private final TopicPartition control;

  private long ownBeatNanos;

  HouseRecords(DispatcherCore core, TopicNames topics, String id, int slots, Clock clock) {
    this.slots = slots;
    this.core = core;
    this.topics = topics;
    this.id = id;
    this.clock = clock;
    this.heartbeats = new TopicPartition(topics.heartbeats(), 0);
    this.control = new TopicPartition(topics.control(), 0);
    this.ownBeatNanos = clock.now().nanos();
  }

  /**
   * Reads control from its start and the newest beats, before anything is decided, and goes on from
   * there. What an old beat counts for follows from how much older it is than the newest, by the
   * broker's clock.
   */
  void catchUp(Consumer<String, byte[]> data) {
    data.assign(List.of(control, heartbeats));
    Map<TopicPartition, Long> ends = data.endOffsets(data.assignment());
    Map<TopicPartition, Long> starts = data.beginningOffsets(data.assignment());
    long beatsEnd = ends.getOrDefault(heartbeats, 0L);
    data.seek(control, starts.getOrDefault(control, 0L));
    data.seek(heartbeats, Math.max(starts.getOrDefault(heartbeats, 0L), beatsEnd - MAX_OLD_BEATS));
    List<ConsumerRecord<String, byte[]>> beats = new java.util.ArrayList<>();
    while (data.position(control) < ends.getOrDefault(control, 0L)
        || data.position(heartbeats) < beatsEnd) {
      for (ConsumerRecord<String, byte[]> record : data.poll(POLL)) {
        if (record.topic().equals(control.topic())) {
          control(record, clock.now());
        } else {
          beats.add(record);
        }
      }
    }
    if (!beats.isEmpty()) {
      long newestMs = beats.getLast().timestamp();
      Moment now = clock.now();
      beats.forEach(beat -> beat(beat, Math.max(0, newestMs - beat.timestamp()), now));
    }
  }

  void control(ConsumerRecord<String, byte[]> record, Moment now) {
    try {
      core.control(
          MessageCodec.decode(ControlRecord.class, record.value()), record.timestamp(), now);
    } catch (MalformedRecordException e) {
      unreadable(record, e);
    }
  }

  void beat(ConsumerRecord<String, byte[]> record, long ageMs, Moment now) {
    try {
      switch (MessageCodec.decode(BeatRecord.class, record.value())) {
        case NodeBeat beat when beat.slot() >= slots ->
            // What was assigned to it could not be written, and the loop would wait for that.
            throw new MalformedRecordException(
                "node " + beat.node() + " names slot " + beat.slot() + " of " + slots);
        case NodeBeat beat ->
            core.beat(beat, record.offset(), Duration.ofMillis(ageMs).toNanos(), now);
        case BeatRecord.DispatcherBeat beat -> {
          if (beat.dispatcher().equals(id)) {
            ownBeatNanos = now.nanos();
          }
        }
      }
    } catch (MalformedRecordException e) {
      unreadable(record, e);
    }
  }

  /** The group accepted a commit. */
  void committed(Map<TopicPartition, OffsetAndMetadata> offsets) {
    offsets.forEach((partition, offset) -> {
      for (Lane lane : Lane.values()) {
        if (partition.topic().equals(topics.lane(lane))) {
          core.committed(partition.partition(), lane, offset.offset());
        }
      }
    });
  }

  /** How long ago one of our own beats was read back. */
  long ownBeatAgeNanos(Moment now) {
    return now.nanos() - ownBeatNanos;
  }

  private static void unreadable(
      ConsumerRecord<String, byte[]> record, MalformedRecordException e) {
    LOG.warn(
        "Ignoring an unreadable record in {} at offset {} (key {}): {}",
        record.topic(),
        record.offset(),
        record.key(),
        e.getMessage());
  }
}
