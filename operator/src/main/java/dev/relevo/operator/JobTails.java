package dev.relevo.operator;

import dev.relevo.common.protocol.Lane;
import dev.relevo.common.protocol.MalformedRecordException;
import dev.relevo.common.protocol.TopicNames;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * Where a page of jobs is gathered from: the homes of state, and what dispatchers have not done
 * with in the lanes. All of it as it stood when this was made: what is written down later is on no
 * page behind. Used by one thread.
 */
final class JobTails {
  /** Records of a lane that are read at first: with their bodies, of up to 8 MiB each. */
  private static final int FIRST_BODIES = 32;

  private static final Duration CALL_BOUND = Duration.ofSeconds(10);

  private final TopicNames topics;
  private final StateIndexes index;
  private final JobRecords records;
  private final Consumer<String, byte[]> consumer;
  private final JobQuery query;
  private final @Nullable JobCursor after;
  private final Map<Integer, Long> writtenEnds;

  JobTails(
      TopicNames topics,
      StateIndexes index,
      JobRecords records,
      Consumer<String, byte[]> consumer,
      JobQuery query) {
    this.topics = topics;
    this.index = index;
    this.records = records;
    this.consumer = consumer;
    this.query = query;
    this.after = query.after() == null ? null : JobCursor.parse(query.after());
    this.writtenEnds = index.ends();
  }

  /**
   * What is written down.
   *
   * @param running the fences of what nodes run
   */
  List<JobTail> written(List<TopicPartition> homes, Set<String> running) {
    Map<TopicPartition, Long> begins = consumer.beginningOffsets(homes, CALL_BOUND);
    return homes.stream()
        .map(home ->
            new JobTail(
                home.partition(),
                consumer,
                home,
                begins.getOrDefault(home, 0L),
                start(home.partition(), writtenEnds.getOrDefault(home.partition(), 0L)),
                JobTail.MOST_HELD,
                record -> job(record, running)))
        .toList();
  }

  /**
   * What dispatchers have not done with, and had not written down either.
   *
   * @param committed the offsets behind what they have done with
   */
  List<JobTail> waiting(Map<TopicPartition, Long> committed) {
    List<JobTail> tails = new ArrayList<>();
    for (Lane lane : Lane.values()) {
      List<TopicPartition> all =
          consumer.partitionsFor(topics.lane(lane), CALL_BOUND).stream()
              .map(info -> new TopicPartition(info.topic(), info.partition()))
              .toList();
      Map<TopicPartition, Long> begins = consumer.beginningOffsets(all, CALL_BOUND);
      consumer
          .endOffsets(all, CALL_BOUND)
          .forEach((home, end) -> {
            int number = JobCursor.lane(lane, home.partition());
            tails.add(
                new JobTail(
                    number,
                    consumer,
                    home,
                    Math.max(begins.getOrDefault(home, 0L), committed.getOrDefault(home, 0L)),
                    start(number, end),
                    FIRST_BODIES,
                    record -> waiting(lane, record)));
          });
    }
    return tails;
  }

  /** A partition that was empty when the first page was made adds nothing to those behind. */
  private long start(int number, long end) {
    return after == null ? end : Math.min(end, after.ends().getOrDefault(number, 0L));
  }

  private Optional<KnownJob> waiting(Lane lane, ConsumerRecord<String, byte[]> record) {
    Optional<JobRecord> job = JobRecord.of(lane, record);
    if (job.isEmpty()) {
      return Optional.empty();
    }
    // One that is written down only now has its record behind the end that the page began with.
    boolean written =
        index.find(job.get().id()).stream()
            .anyMatch(place -> place.offset() < writtenEnds.getOrDefault(place.home(), 0L));
    if (written) {
      return Optional.empty();
    }
    records.remember(job.get());
    return job.map(KnownJob::waiting);
  }

  private Optional<KnownJob> job(ConsumerRecord<String, byte[]> record, Set<String> running) {
    if (record.key() == null || record.value() == null || !index.counts(record)) {
      return Optional.empty();
    }
    try {
      KnownJob job = StateEntry.job(record).seen(running);
      return query.states().isEmpty() || query.states().contains(job.status())
          ? Optional.of(job)
          : Optional.empty();
    } catch (MalformedRecordException e) {
      // Not written by any dispatcher of this version.
      return Optional.empty();
    }
  }
}
