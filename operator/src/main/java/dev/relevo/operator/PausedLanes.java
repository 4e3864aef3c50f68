package dev.relevo.operator;

import dev.relevo.common.kafka.KafkaClients;
import dev.relevo.common.protocol.ControlRecord;
import dev.relevo.common.protocol.Lane;
import dev.relevo.common.protocol.MalformedRecordException;
import dev.relevo.common.protocol.MessageCodec;
import dev.relevo.common.protocol.TopicNames;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;

/** Reads from control which lanes are paused, and goes on reading. */
public final class PausedLanes implements AutoCloseable {
  private static final Set<String> LANES =
      Stream.of(Lane.values()).map(Lane::text).collect(Collectors.toUnmodifiableSet());

  private final KafkaClients clients;
  private final TopicScan topic;
  private final Set<Lane> paused = EnumSet.noneOf(Lane.class);
  private boolean following;

  /**
   * Looks for the topic.
   *
   * @throws dev.relevo.common.kafka.KafkaProblem when Kafka does not answer, or there is no such
   *     topic
   */
  public PausedLanes(KafkaClients clients, TopicNames topics) {
    this.clients = clients;
    this.topic = new TopicScan(clients, topics.control(), "relevo-tool-control");
  }

  /** The lanes that are paused now. */
  public Set<Lane> now() {
    try {
      if (following) {
        topic.next(Duration.ZERO).forEach(this::take);
      } else {
        readAll();
        topic.followFromEnds();
        following = true;
      }
      return Set.copyOf(paused);
    } catch (KafkaException e) {
      throw clients.problem(e, "reading what was asked of lanes");
    }
  }

  private void readAll() {
    for (Map.Entry<TopicPartition, Long> partition : topic.ends().entrySet()) {
      long begin = topic.turnTo(partition.getKey());
      topic.read(
          partition.getKey(),
          begin,
          partition.getValue(),
          record -> {
            take(record);
            return true;
          });
    }
  }

  private void take(ConsumerRecord<String, byte[]> record) {
    if (!LANES.contains(String.valueOf(record.key()))) {
      return;
    }
    try {
      switch (MessageCodec.decode(ControlRecord.class, record.value())) {
        case ControlRecord.Pause pause -> paused.add(pause.lane());
        case ControlRecord.Resume resume -> paused.remove(resume.lane());
        case ControlRecord.Cancel _, ControlRecord.Drain _, ControlRecord.BackendOrder _ -> {}
      }
    } catch (MalformedRecordException e) {
      // Dispatchers ignore it, too.
      return;
    }
  }

  @Override
  public void close() {
    topic.close();
  }
}
