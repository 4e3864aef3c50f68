package dev.relevo.operator;

import dev.relevo.common.kafka.KafkaClients;
import dev.relevo.common.protocol.Lane;
import dev.relevo.common.protocol.TopicNames;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.utils.Utils;

/**
 * Finds jobs that dispatchers have not written down, in the part of the lanes that they have not
 * done with, in the home where Kafka's own rule puts an id. Each record is read once, however many
 * ids are looked for. Thread-safe; one search at a time.
 */
final class WaitingJobs implements AutoCloseable {
  private static final Duration POLL = Duration.ofMillis(500);
  private static final Duration CALL_BOUND = Duration.ofSeconds(10);

  /** So long one search reads; the next one goes on there. */
  private static final Duration SEARCH_BOUND = Duration.ofSeconds(5);

  private final TopicNames topics;
  private final ConsumerPool readers;
  private final SingleRecords singles;
  private final HouseOffsets offsets;

  /** Touched by who has the only reader. */
  private final Map<TopicPartition, WaitingIndex> indexes = new HashMap<>();

  WaitingJobs(
      KafkaClients clients, TopicNames topics, SingleRecords singles, HouseOffsets offsets) {
    this.topics = topics;
    this.singles = singles;
    this.offsets = offsets;
    this.readers = new ConsumerPool(clients, 1, _ -> clients.scanConsumer("relevo-live-waiting"));
  }

  Optional<JobRecord> find(String id) {
    Map<TopicPartition, Long> committed = offsets.committed();
    for (Lane lane : Lane.values()) {
      Optional<Place> place =
          readers.with(
              "looking for job " + id + " in lane '" + lane.text() + "'",
              consumer -> place(id, lane, committed, consumer));
      Optional<JobRecord> job = place.flatMap(found -> read(id, lane, found));
      if (job.isPresent()) {
        return job;
      }
    }
    return Optional.empty();
  }

  private record Place(TopicPartition home, long offset) {}

  private Optional<JobRecord> read(String id, Lane lane, Place place) {
    return singles
        .read(place.home(), place.offset())
        .filter(record -> id.equals(record.key()))
        .flatMap(record -> JobRecord.of(lane, record));
  }

  private Optional<Place> place(
      String id,
      Lane lane,
      Map<TopicPartition, Long> committed,
      Consumer<String, byte[]> consumer) {
    int homes = consumer.partitionsFor(topics.lane(lane), CALL_BOUND).size();
    byte[] key = id.getBytes(StandardCharsets.UTF_8);
    int number = Utils.toPositive(Utils.murmur2(key)) % Math.max(1, homes);
    TopicPartition home = new TopicPartition(topics.lane(lane), number);
    WaitingIndex index = indexes.computeIfAbsent(home, any -> new WaitingIndex());
    readOn(home, index, committed.getOrDefault(home, 0L), consumer);
    long offset = index.find(id);
    return offset < 0 ? Optional.empty() : Optional.of(new Place(home, offset));
  }

  private static void readOn(
      TopicPartition home, WaitingIndex index, long done, Consumer<String, byte[]> consumer) {
    List<TopicPartition> only = List.of(home);
    long end = consumer.endOffsets(only, CALL_BOUND).getOrDefault(home, 0L);
    long begin = consumer.beginningOffsets(only, CALL_BOUND).getOrDefault(home, 0L);
    long from = index.readOn(Math.max(begin, done), end);
    if (from >= end) {
      return;
    }
    consumer.assign(only);
    consumer.seek(home, from);
    long beganNanos = System.nanoTime();
    while (consumer.position(home, CALL_BOUND) < end) {
      for (ConsumerRecord<String, byte[]> record : consumer.poll(POLL).records(home)) {
        index.take(record.key(), record.offset());
      }
      if (System.nanoTime() - beganNanos > SEARCH_BOUND.toNanos()) {
        throw new TimeoutException(
            "%s has more new records than were read in %d s: the next look goes on there"
                .formatted(home, SEARCH_BOUND.toSeconds()));
      }
    }
  }

  @Override
  public void close() {
    readers.close();
  }
}
