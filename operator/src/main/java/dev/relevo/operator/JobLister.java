package dev.relevo.operator;

import dev.relevo.common.kafka.KafkaClients;
import dev.relevo.common.protocol.HeaderNames;
import dev.relevo.common.protocol.JobStatus;
import dev.relevo.common.protocol.TopicNames;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.common.TopicPartition;

/**
 * Lists jobs, those first that changed last: goes backwards through all homes of state and through
 * what dispatchers have not done with in the lanes, all at once, as far as it needs to fill a page.
 * State does not tell whose a job is, so each job's own record is read for that. Thread-safe.
 */
final class JobLister implements AutoCloseable {
  /** Records of state and of the lanes that one page may read. */
  static final int MOST_RECORDS = 200_000;

  /** Jobs' own records that one page may read, a millisecond or two each. */
  static final int MOST_JOB_RECORDS = 1_000;

  private final TopicNames topics;
  private final List<TopicPartition> homes;
  private final StateIndexes index;
  private final JobRecords records;
  private final HouseOffsets offsets;
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
      List<TopicPartition> homes,
      StateIndexes index,
      JobRecords records,
      HouseOffsets offsets,
      Supplier<Set<String>> running) {
    this.topics = topics;
    this.homes = homes;
    this.index = index;
    this.records = records;
    this.offsets = offsets;
    this.running = running;
    this.readers =
        new ConsumerPool(clients, 2, number -> clients.scanConsumer("relevo-live-list-" + number));
  }

  JobPage list(JobQuery query) throws InterruptedException {
    Map<TopicPartition, Long> committed = queued(query) ? offsets.committed() : Map.of();
    // After that: what dispatchers have done with is in the one or in the other.
    offsets.catchUp(index, homes, "listing jobs");
    return readers.with("listing jobs", consumer -> list(query, committed, consumer));
  }

  private static boolean queued(JobQuery query) {
    return query.states().isEmpty() || query.states().contains(JobStatus.QUEUED);
  }

  private JobPage list(
      JobQuery query, Map<TopicPartition, Long> committed, Consumer<String, byte[]> consumer) {
    JobTails places = new JobTails(topics, index, records, consumer, query);
    List<JobTail> tails = new ArrayList<>(places.written(homes, running.get()));
    if (queued(query)) {
      tails.addAll(places.waiting(committed));
    }
    Set<String> listed = new HashSet<>();
    List<ListedJob> jobs = new ArrayList<>();
    int looked = 0;
    while (jobs.size() < query.limit() && looked < MOST_JOB_RECORDS) {
      if (!fill(tails)) {
        return new JobPage(jobs, cursor(tails));
      }
      Optional<JobTail> newest = newest(tails);
      if (newest.isEmpty()) {
        return new JobPage(jobs, null);
      }
      KnownJob job = newest.get().peek().orElseThrow().job();
      newest.get().remove();
      looked++;
      ListedJob one = listed(job);
      // A lane may have an id twice: the later one will be refused.
      if ((query.tenant() == null || query.tenant().equals(one.tenant()))
          && new ModelFilter(query.model()).matches(one.model())
          && listed.add(job.home() + "/" + job.id())) {
        jobs.add(one);
      }
    }
    return new JobPage(jobs, tails.stream().anyMatch(JobTail::hasMore) ? cursor(tails) : null);
  }

  /** Until each home has its newest job ready; false when that would be too much reading. */
  private static boolean fill(List<JobTail> tails) {
    for (JobTail tail : tails) {
      while (tail.peek().isEmpty() && tail.hasMore()) {
        if (tails.stream().mapToLong(JobTail::recordsRead).sum() >= MOST_RECORDS) {
          return false;
        }
        tail.readStretch();
      }
    }
    return true;
  }

  private static Optional<JobTail> newest(List<JobTail> tails) {
    return tails.stream()
        .filter(tail -> tail.peek().isPresent())
        .max(Comparator.comparingLong(tail -> tail.peek().orElseThrow().writtenAtMs()));
  }

  private static String cursor(List<JobTail> tails) {
    Map<Integer, Long> ends = new HashMap<>();
    tails.forEach(tail -> ends.put(tail.number(), tail.end()));
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
