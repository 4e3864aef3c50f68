package dev.relevo.operator;

import dev.relevo.common.kafka.KafkaClients;
import dev.relevo.common.protocol.HeaderNames;
import dev.relevo.common.protocol.MalformedRecordException;
import dev.relevo.common.protocol.TopicNames;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;

/**
 * Lists jobs, those first that changed last: goes backwards through all homes at once, as far as it
 * needs to fill a page. State does not tell whose a job is, so each job's own record is read for
 * that. Thread-safe.
 */
final class JobLister implements AutoCloseable {
  /** Records of state that one page may read. */
  static final int MOST_STATE_RECORDS = 200_000;

  /** Jobs' own records that one page may read, a millisecond or two each. */
  static final int MOST_JOB_RECORDS = 1_000;

  private static final Duration CALL_BOUND = Duration.ofSeconds(10);

  private final TopicNames topics;
  private final StateIndexes index;
  private final JobRecords records;
  private final Supplier<Set<String>> running;
  private final ConsumerPool readers;

  /**
   * Lists nothing yet.
   *
   * @param running tells the fences of what nodes run
   */
  JobLister(
      KafkaClients clients,
      TopicNames topics,
      StateIndexes index,
      JobRecords records,
      Supplier<Set<String>> running) {
    this.topics = topics;
    this.index = index;
    this.records = records;
    this.running = running;
    this.readers =
        new ConsumerPool(clients, 2, number -> clients.scanConsumer("relevo-live-list-" + number));
  }

  JobPage list(JobQuery query) {
    return readers.with("listing jobs", consumer -> list(query, consumer));
  }

  private JobPage list(JobQuery query, Consumer<String, byte[]> consumer) {
    Set<String> fences = running.get();
    Map<TopicPartition, Long> ends = starts(query);
    Map<TopicPartition, Long> begins = consumer.beginningOffsets(ends.keySet(), CALL_BOUND);
    List<StateTail> tails = new ArrayList<>();
    ends.forEach((home, end) ->
        tails.add(
            new StateTail(
                consumer,
                home,
                begins.getOrDefault(home, 0L),
                end,
                record -> job(record, query, fences))));
    List<ListedJob> jobs = new ArrayList<>();
    int looked = 0;
    while (jobs.size() < query.limit() && looked < MOST_JOB_RECORDS) {
      if (!fill(tails)) {
        return new JobPage(jobs, cursor(tails));
      }
      Optional<StateTail> newest = newest(tails);
      if (newest.isEmpty()) {
        return new JobPage(jobs, null);
      }
      KnownJob job = newest.get().peek().orElseThrow().job();
      newest.get().remove();
      looked++;
      ListedJob listed = listed(job);
      if ((query.tenant() == null || query.tenant().equals(listed.tenant()))
          && new ModelFilter(query.model()).matches(listed.model())) {
        jobs.add(listed);
      }
    }
    return new JobPage(jobs, tails.stream().anyMatch(StateTail::hasMore) ? cursor(tails) : null);
  }

  private Map<TopicPartition, Long> starts(JobQuery query) {
    Map<Integer, Long> listed =
        query.after() == null ? null : JobCursor.parse(query.after()).ends();
    Map<TopicPartition, Long> starts = new HashMap<>();
    index
        .ends()
        .forEach((home, end) -> {
          // A home that had no record then adds nothing that was not there.
          long start = listed == null ? end : Math.min(end, listed.getOrDefault(home, 0L));
          starts.put(new TopicPartition(topics.state(), home), start);
        });
    return starts;
  }

  private Optional<KnownJob> job(
      ConsumerRecord<String, byte[]> record, JobQuery query, Set<String> fences) {
    if (record.key() == null || record.value() == null || !index.counts(record)) {
      return Optional.empty();
    }
    try {
      KnownJob job = StateEntry.job(record).seen(fences);
      return query.states().isEmpty() || query.states().contains(job.status())
          ? Optional.of(job)
          : Optional.empty();
    } catch (MalformedRecordException e) {
      // Not written by any dispatcher of this version.
      return Optional.empty();
    }
  }

  /** Until each home has its newest job ready; false when that would be too much reading. */
  private static boolean fill(List<StateTail> tails) {
    for (StateTail tail : tails) {
      while (tail.peek().isEmpty() && tail.hasMore()) {
        if (tails.stream().mapToLong(StateTail::recordsRead).sum() >= MOST_STATE_RECORDS) {
          return false;
        }
        tail.readStretch();
      }
    }
    return true;
  }

  private static Optional<StateTail> newest(List<StateTail> tails) {
    return tails.stream()
        .filter(tail -> tail.peek().isPresent())
        .max(Comparator.comparingLong(tail -> tail.peek().orElseThrow().writtenAtMs()));
  }

  private static String cursor(List<StateTail> tails) {
    Map<Integer, Long> ends = new HashMap<>();
    tails.forEach(tail -> ends.put(tail.home(), tail.end()));
    return new JobCursor(ends).text();
  }

  private ListedJob listed(KnownJob job) {
    JobRecords.Gist gist = records.gist(job).orElse(null);
    String model = gist == null || gist.model() == null ? job.model() : gist.model();
    String parked = job.state().headers().get(HeaderNames.TENANT);
    return gist == null
        ? new ListedJob(job, parked, model, null)
        : new ListedJob(job, gist.tenant(), model, gist.appendedAtMs());
  }

  @Override
  public void close() {
    readers.close();
  }
}
