package dev.relevo.operator;

import dev.relevo.common.protocol.TopicNames;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/** Reads jobs' own records in their lanes, and remembers of many whose they are. Thread-safe. */
final class JobRecords {
  /** A record never changes, so what is remembered of it stays true; some 10 MB. */
  static final int MOST_REMEMBERED = 50_000;

  private final TopicNames topics;
  private final SingleRecords singles;

  private final Map<Place, Gist> remembered =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Place, Gist> eldest) {
          return size() > MOST_REMEMBERED;
        }
      };

  JobRecords(TopicNames topics, SingleRecords singles) {
    this.topics = topics;
    this.singles = singles;
  }

  private record Place(TopicPartition lane, long offset) {}

  /**
   * What a list says of a job beside its state.
   *
   * @param tenant whose it is
   * @param model what its headers ask for; null when only its body does
   * @param appendedAtMs when its lane took it, epoch milliseconds
   */
  record Gist(String tenant, @Nullable String model, long appendedAtMs) {}

  /** A job's own record; empty when its lane has it no longer. */
  Optional<JobRecord> read(KnownJob job) {
    Place place = place(job);
    Optional<JobRecord> record =
        singles
            .read(place.lane(), place.offset())
            .filter(found -> job.id().equals(found.key()))
            .flatMap(found -> JobRecord.of(job.state().lane(), found));
    record.ifPresent(this::remember);
    return record;
  }

  /** Its gist need not be read again. */
  void remember(JobRecord record) {
    TopicPartition lane = new TopicPartition(topics.lane(record.lane()), record.home());
    Gist gist =
        new Gist(record.headers().tenant(), record.headers().model(), record.appendedAtMs());
    synchronized (remembered) {
      remembered.put(new Place(lane, record.offset()), gist);
    }
  }

  /** The same in short, and remembered. */
  Optional<Gist> gist(KnownJob job) {
    Place place = place(job);
    synchronized (remembered) {
      Gist known = remembered.get(place);
      if (known != null) {
        return Optional.of(known);
      }
    }
    return read(job)
        .map(found ->
            new Gist(found.headers().tenant(), found.headers().model(), found.appendedAtMs()));
  }

  private Place place(KnownJob job) {
    return new Place(
        new TopicPartition(topics.lane(job.state().lane()), job.home()), job.state().offset());
  }
}
