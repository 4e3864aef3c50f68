package dev.relevo.operator;

import dev.relevo.common.kafka.KafkaClients;
import dev.relevo.common.kafka.KafkaClients.FetchWait;
import dev.relevo.common.kafka.KafkaClients.Start;
import dev.relevo.common.kafka.KafkaProblem;
import dev.relevo.common.protocol.JobStatus;
import dev.relevo.common.protocol.MalformedRecordException;
import dev.relevo.common.protocol.TopicNames;
import dev.relevo.common.supervision.Supervisor;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;

/**
 * Where jobs are, all the time: follows {@code relevo.state} from its beginning for as long as it
 * is open, for an index only, and reads a job's records when it is asked for one.
 *
 * <p>A job stands in state from when a dispatcher first gave it to a node, or parked it; one that
 * waits for its first node is looked for in its lane. What ended long ago is forgotten by
 * dispatchers, and then here.
 *
 * <p>Threads: one of its own has the consumer that follows; a crash of it starts it again, from the
 * beginning, and meanwhile the last index stands. Everything public may be called from any thread.
 * Lookups share {@value SingleRecords#MOST_READERS} consumers, lists two. Memory: 48 bytes a job,
 * while it grows 72, of at most {@value #MOST_JOBS} jobs in all homes; of more, those that changed
 * longest ago are not known. And up to 1 MB for each partition of the lanes in which jobs were
 * looked for.
 */
public final class LiveJobs implements AutoCloseable {
  /** Jobs that are known at most, shared out to the homes. */
  static final int MOST_JOBS = 1 << 21;

  private static final int LEAST_JOBS_OF_HOME = 1 << 10;

  /** So often a record that moved while it was read is looked for again. */
  private static final int MOST_TRIES = 5;

  private static final Duration MOVE_BOUND = Duration.ofSeconds(1);

  private static final Duration POLL = Duration.ofMillis(200);
  private static final Duration CALL_BOUND = Duration.ofSeconds(10);
  private static final Duration CLOSE_BOUND = Duration.ofSeconds(5);

  private final KafkaClients clients;
  private final TopicNames topics;
  private final Supplier<Set<String>> running;
  private final SingleRecords singles;
  private final JobRecords records;
  private final HouseOffsets offsets;
  private final WaitingJobs waiting;
  private final JobSearch search = new JobSearch(new Everywhere());
  private final LiveThread thread;
  private volatile Followed followed;

  private LiveJobs(
      KafkaClients clients, TopicNames topics, Supplier<Set<String>> running, Supervisor parts) {
    this.clients = clients;
    this.topics = topics;
    this.running = running;
    this.singles = new SingleRecords(clients, "relevo-live-job");
    this.records = new JobRecords(topics, singles);
    this.offsets = new HouseOffsets(clients, topics);
    this.waiting = new WaitingJobs(clients, topics, singles, offsets);
    this.followed = followed(List.of());
    this.thread =
        new LiveThread(
            "relevo-live-jobs",
            "the state of jobs",
            parts,
            () -> clients.assignedConsumer("relevo-live-jobs", FetchWait.STEADY, Start.EARLIEST),
            this::follow);
  }

  /** An index of some partitions of state, and what lists by it. */
  private record Followed(List<TopicPartition> homes, StateIndexes index, JobLister lister) {
    Followed {
      homes = List.copyOf(homes);
    }
  }

  /**
   * Begins to read.
   *
   * @param running tells the fences of what nodes run, such as {@link Fleet#runningFences} of a
   *     {@link LiveFleet}: state does not
   * @param parts who starts the thread again when it crashes
   */
  public static LiveJobs open(
      KafkaClients clients, TopicNames topics, Supplier<Set<String>> running, Supervisor parts) {
    LiveJobs jobs = new LiveJobs(clients, topics, running, parts);
    jobs.thread.start();
    return jobs;
  }

  /** Whether it has read once all that stood there when it began. */
  public boolean isReady() {
    return thread.isReady();
  }

  /** Waits until it {@link #isReady}; false when that takes longer. */
  public boolean awaitReady(Duration atMost) throws InterruptedException {
    return thread.awaitReady(atMost);
  }

  /** Why it is not ready, or does not read on, in a sentence for people; empty when all is well. */
  public Optional<String> complaint() {
    return thread.complaint();
  }

  /** Whether anything is written of a job, as far as was read; costs nothing. */
  public boolean isKnown(String id) {
    return !followed.index().find(id).isEmpty();
  }

  /**
   * Looks a job up.
   *
   * @return nothing, one, or one for each home that its id was put into
   * @throws KafkaProblem when Kafka does not answer
   */
  public List<FoundJob> lookUp(String id) {
    List<FoundJob> found = new ArrayList<>(1);
    for (KnownJob job : known(id)) {
      found.add(new FoundJob(job, records.read(job).orElse(null)));
    }
    return found;
  }

  /** Where a job is, as {@link #lookUp} has it, without its own record. */
  public List<KnownJob> known(String id) {
    StateIndexes index = followed.index();
    for (int attempt = 1; ; attempt++) {
      List<StateIndexes.Place> places = index.find(id);
      List<KnownJob> jobs = read(id, places);
      // A record that is gone was compacted away by a newer one, which is about to be read here.
      if (jobs.size() == places.size() || attempt == MOST_TRIES || !moved(index, id, places)) {
        return jobs;
      }
    }
  }

  private List<KnownJob> read(String id, List<StateIndexes.Place> places) {
    List<KnownJob> jobs = new ArrayList<>(1);
    for (StateIndexes.Place place : places) {
      singles
          .read(new TopicPartition(topics.state(), place.home()), place.offset())
          .filter(record -> id.equals(record.key()) && record.value() != null)
          .flatMap(LiveJobs::job)
          // Only of these beats tell more.
          .map(job -> job.status() == JobStatus.ASSIGNED ? job.seen(running.get()) : job)
          .ifPresent(jobs::add);
    }
    return jobs;
  }

  private static Optional<KnownJob> job(ConsumerRecord<String, byte[]> record) {
    try {
      return Optional.of(StateEntry.job(record));
    } catch (MalformedRecordException e) {
      // Not written by any dispatcher of this version: nothing is known from it.
      return Optional.empty();
    }
  }

  private static boolean moved(StateIndexes index, String id, List<StateIndexes.Place> places) {
    try {
      return index.await(id, places, MOVE_BOUND);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /**
   * Looks for a job wherever it may be: among those that are written down, and in the lanes.
   *
   * @return nothing when there is no such job, or it is forgotten, or waits behind {@value
   *     WaitingIndex#MOST_RECORDS} others
   * @throws KafkaProblem when Kafka does not answer, or so much is written that reading it takes
   *     longer than 5 s
   */
  public SoughtJob seek(String id) throws InterruptedException {
    return search.seek(id);
  }

  /**
   * Waits until something is written of a job that was submitted a moment ago, and looks it up.
   *
   * @return as {@link #lookUp}; nothing when that takes longer, as it does while no node is free
   */
  public List<FoundJob> awaitKnown(String id, Duration atMost) throws InterruptedException {
    return followed.index().await(id, atMost) ? lookUp(id) : List.of();
  }

  /**
   * Looks for a job in the lanes, among what dispatchers have not done with: where it waits for its
   * first node, or nobody has read it yet. Reads the newest {@value WaitingIndex#MOST_RECORDS}
   * records of its home, with their bodies, and each of them once.
   *
   * @return its record; empty when there is none, or when it is older
   * @throws KafkaProblem when Kafka does not answer
   */
  public Optional<JobRecord> waiting(String id) {
    return waiting.find(id);
  }

  /**
   * Lists jobs, those first that changed last; of one that waits for its first node, when it was
   * submitted counts.
   *
   * @throws KafkaProblem when Kafka does not answer, or so much is written that reading it takes
   *     longer than 5 s
   */
  public JobPage list(JobQuery query) throws InterruptedException {
    return followed.lister().list(query);
  }

  @Override
  public void close() {
    thread.close(CLOSE_BOUND);
    followed.lister().close();
    waiting.close();
    offsets.close();
    singles.close();
  }

  private final class Everywhere implements JobSearch.Places {
    @Override
    public List<FoundJob> written(String id) {
      return lookUp(id);
    }

    @Override
    public Optional<JobRecord> waiting(String id) {
      return waiting.find(id);
    }

    @Override
    public void catchUp(String id) throws InterruptedException {
      Followed now = followed;
      offsets.catchUp(now.index(), now.homes(), "looking for job " + id);
    }
  }

  private Followed followed(List<TopicPartition> homes) {
    int jobsOfHome = Math.max(LEAST_JOBS_OF_HOME, MOST_JOBS / Math.max(1, homes.size()));
    StateIndexes index = new StateIndexes(jobsOfHome);
    return new Followed(
        homes, index, new JobLister(clients, topics, homes, index, records, offsets, running));
  }

  private void follow(Consumer<String, byte[]> consumer, LiveThread me) {
    try {
      if (TopicEnd.of(consumer, new TopicPartition(topics.state(), 0)).isEmpty()) {
        throw MissingTopic.problem(clients, topics.state());
      }
      List<TopicPartition> homes =
          consumer.partitionsFor(topics.state(), CALL_BOUND).stream()
              .map(info -> new TopicPartition(topics.state(), info.partition()))
              .toList();
      Map<TopicPartition, Long> ends = consumer.endOffsets(homes, CALL_BOUND);
      consumer.assign(homes);
      consumer.seekToBeginning(homes);
      Followed next = followed(homes);
      while (!me.isClosing() && !hasPassed(consumer, ends)) {
        read(consumer, homes, next.index());
      }
      JobLister before = followed.lister();
      followed = next;
      before.close();
      me.caughtUp();
      while (!me.isClosing()) {
        read(consumer, homes, next.index());
      }
    } catch (KafkaException e) {
      throw me.isClosing() ? e : clients.problem(e, "reading the state of jobs");
    }
  }

  private static void read(
      Consumer<String, byte[]> consumer, List<TopicPartition> homes, StateIndexes index) {
    ConsumerRecords<String, byte[]> records = consumer.poll(POLL);
    Map<Integer, Long> readTo = new HashMap<>();
    homes.forEach(home -> readTo.put(home.partition(), consumer.position(home, CALL_BOUND)));
    index.take(records, readTo);
  }

  private static boolean hasPassed(
      Consumer<String, byte[]> consumer, Map<TopicPartition, Long> ends) {
    return ends.entrySet().stream()
        .allMatch(end -> consumer.position(end.getKey(), CALL_BOUND) >= end.getValue());
  }
}
