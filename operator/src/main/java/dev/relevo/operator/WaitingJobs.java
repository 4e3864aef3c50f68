package dev.relevo.operator;

import dev.relevo.common.kafka.KafkaClients;
import dev.relevo.common.protocol.Lane;
import dev.relevo.common.protocol.TopicNames;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
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
 * done with, in the home where Kafka's own rule puts an id. Thread-safe; one search at a time.
 */
final class WaitingJobs implements AutoCloseable {
  /** Records of a lane that a search reads, the newest. */
  static final int MOST_RECORDS = 10_000;

  /** Jobs of which it is remembered where they were found. */
  private static final int MOST_REMEMBERED = 10_000;

  private static final Duration POLL = Duration.ofMillis(500);
  private static final Duration CALL_BOUND = Duration.ofSeconds(10);
  private static final int MOST_EMPTY_POLLS = 20;

  private final TopicNames topics;
  private final ConsumerPool readers;
  private final SingleRecords singles;
  private final HouseOffsets offsets;

  /** Who waits for a job asks for it again and again. */
  private final Map<String, Place> found =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Place> eldest) {
          return size() > MOST_REMEMBERED;
        }
      };

  private record Place(Lane lane, TopicPartition home, long offset) {}

  WaitingJobs(
      KafkaClients clients, TopicNames topics, SingleRecords singles, HouseOffsets offsets) {
    this.topics = topics;
    this.singles = singles;
    this.offsets = offsets;
    this.readers = new ConsumerPool(clients, 1, _ -> clients.scanConsumer("relevo-live-waiting"));
  }

  Optional<JobRecord> find(String id) {
    Optional<JobRecord> again = findAgain(id);
    if (again.isPresent()) {
      return again;
    }
    Optional<JobRecord> job =
        readers.with("looking for job " + id + " in the lanes", consumer -> find(id, consumer));
    job.ifPresent(this::remember);
    return job;
  }

  private void remember(JobRecord job) {
    TopicPartition home = new TopicPartition(topics.lane(job.lane()), job.home());
    synchronized (found) {
      found.put(job.id(), new Place(job.lane(), home, job.offset()));
    }
  }

  private Optional<JobRecord> findAgain(String id) {
    Place place;
    synchronized (found) {
      place = found.get(id);
    }
    if (place == null || committed(place.home()) > place.offset()) {
      return Optional.empty();
    }
    return singles
        .read(place.home(), place.offset())
        .filter(record -> id.equals(record.key()))
        .flatMap(record -> JobRecord.of(place.lane(), record));
  }

  private Optional<JobRecord> find(String id, Consumer<String, byte[]> consumer) {
    for (Lane lane : Lane.values()) {
      int homes = consumer.partitionsFor(topics.lane(lane), CALL_BOUND).size();
      byte[] key = id.getBytes(StandardCharsets.UTF_8);
      int home = Utils.toPositive(Utils.murmur2(key)) % Math.max(1, homes);
      Optional<JobRecord> found =
          find(id, lane, new TopicPartition(topics.lane(lane), home), consumer);
      if (found.isPresent()) {
        return found;
      }
    }
    return Optional.empty();
  }

  private Optional<JobRecord> find(
      String id, Lane lane, TopicPartition home, Consumer<String, byte[]> consumer) {
    List<TopicPartition> only = List.of(home);
    long end = consumer.endOffsets(only, CALL_BOUND).getOrDefault(home, 0L);
    long begin = consumer.beginningOffsets(only, CALL_BOUND).getOrDefault(home, 0L);
    long from = Math.max(Math.max(begin, committed(home)), end - MOST_RECORDS);
    if (from >= end) {
      return Optional.empty();
    }
    consumer.assign(only);
    consumer.seek(home, from);
    int emptyPolls = 0;
    while (consumer.position(home, CALL_BOUND) < end) {
      List<ConsumerRecord<String, byte[]>> records = consumer.poll(POLL).records(home);
      emptyPolls = records.isEmpty() ? emptyPolls + 1 : 0;
      if (emptyPolls > MOST_EMPTY_POLLS) {
        throw new TimeoutException("nothing came from " + home + " before offset " + end);
      }
      for (ConsumerRecord<String, byte[]> record : records) {
        // The first of an id is the job; what stands behind it under the same one is refused.
        if (id.equals(record.key())) {
          return JobRecord.of(lane, record);
        }
      }
    }
    return Optional.empty();
  }

  private long committed(TopicPartition home) {
    return offsets.committed().getOrDefault(home, 0L);
  }

  @Override
  public void close() {
    readers.close();
  }
}
