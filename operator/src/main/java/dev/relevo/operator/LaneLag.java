package dev.relevo.operator;

import dev.relevo.common.kafka.KafkaClients;
import dev.relevo.common.protocol.Lane;
import dev.relevo.common.protocol.TopicNames;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsResult;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.GroupIdNotFoundException;

/**
 * What stands in the lanes beyond the offsets that dispatchers have committed. A job that waits for
 * its first node, or was not read yet, has no record in state: it can only be counted.
 */
public final class LaneLag {
  private static final Duration CALL_BOUND = Duration.ofSeconds(10);

  private final Map<TopicPartition, Stretch> stretches;
  private final Map<Lane, Long> known = new EnumMap<>(Lane.class);
  private final TopicNames topics;

  /**
   * Records of one partition.
   *
   * @param from offset of the first
   * @param to offset behind the last
   */
  private record Stretch(long from, long to) {}

  private LaneLag(TopicNames topics, Map<TopicPartition, Stretch> stretches) {
    this.topics = topics;
    this.stretches = stretches;
  }

  /**
   * Looks at the lanes.
   *
   * @throws dev.relevo.common.kafka.KafkaProblem when Kafka does not answer
   */
  public static LaneLag read(KafkaClients clients, TopicNames topics, int homes) {
    List<TopicPartition> partitions = new ArrayList<>();
    for (Lane lane : Lane.values()) {
      for (int home = 0; home < homes; home++) {
        partitions.add(new TopicPartition(topics.lane(lane), home));
      }
    }
    try (Admin admin = clients.admin("relevo-tool-lanes")) {
      Map<TopicPartition, OffsetAndMetadata> committed = committed(admin, topics);
      Map<TopicPartition, Long> begins = offsets(admin, partitions, OffsetSpec.earliest());
      Map<TopicPartition, Long> ends = offsets(admin, partitions, OffsetSpec.latest());
      Map<TopicPartition, Stretch> stretches = new HashMap<>();
      for (TopicPartition partition : partitions) {
        OffsetAndMetadata done = committed.get(partition);
        long begin = begins.getOrDefault(partition, 0L);
        long from = done == null ? begin : Math.max(begin, done.offset());
        stretches.put(partition, new Stretch(from, ends.getOrDefault(partition, 0L)));
      }
      return new LaneLag(topics, stretches);
    } catch (ExecutionException | TimeoutException e) {
      throw clients.problem(e, "looking at the lanes");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw clients.problem(e, "looking at the lanes");
    }
  }

  /** How far dispatchers are with each partition of the lanes, where they have begun. */
  static Map<TopicPartition, OffsetAndMetadata> committed(Admin admin, TopicNames topics)
      throws ExecutionException, InterruptedException, TimeoutException {
    try {
      return admin
          .listConsumerGroupOffsets(topics.dispatcherGroup())
          .partitionsToOffsetAndMetadata()
          .get(CALL_BOUND.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof GroupIdNotFoundException) {
        return Map.of();
      }
      throw e;
    }
  }

  static Map<TopicPartition, Long> offsets(
      Admin admin, Collection<TopicPartition> partitions, OffsetSpec which)
      throws ExecutionException, InterruptedException, TimeoutException {
    Map<TopicPartition, OffsetSpec> asked = new HashMap<>();
    partitions.forEach(partition -> asked.put(partition, which));
    Map<TopicPartition, Long> offsets = new HashMap<>();
    ListOffsetsResult answers = admin.listOffsets(asked);
    for (TopicPartition partition : partitions) {
      ListOffsetsResultInfo answer =
          answers.partitionResult(partition).get(CALL_BOUND.toMillis(), TimeUnit.MILLISECONDS);
      offsets.put(partition, answer.offset());
    }
    return offsets;
  }

  /** State has a job: its record is not one of those that only can be counted. */
  public void know(KnownJob job) {
    Lane lane = job.state().lane();
    Stretch stretch = stretches.get(new TopicPartition(topics.lane(lane), job.home()));
    long offset = job.state().offset();
    if (stretch != null && offset >= stretch.from() && offset < stretch.to()) {
      known.merge(lane, 1L, Long::sum);
    }
  }

  /** How many records of a lane wait, or were not read yet, and are in no state. */
  public long unknown(Lane lane) {
    long records = 0;
    for (Map.Entry<TopicPartition, Stretch> stretch : stretches.entrySet()) {
      if (stretch.getKey().topic().equals(topics.lane(lane))) {
        records += stretch.getValue().to() - stretch.getValue().from();
      }
    }
    return Math.max(0, records - known.getOrDefault(lane, 0L));
  }
}
