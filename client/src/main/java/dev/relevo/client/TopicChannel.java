package dev.relevo.client;

import dev.relevo.common.kafka.KafkaProblem;
import dev.relevo.common.kafka.TopicAdmin;
import dev.relevo.common.protocol.JobIds;
import dev.relevo.common.protocol.ReplyPlace;
import dev.relevo.common.protocol.TopicNames;
import dev.relevo.common.supervision.Supervisor;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A topic for each answer (protocol sections 1 and 7). Making one costs tens of milliseconds,
 * nearly as much as making many, so a stock of topics is made ahead, and read before anybody asks.
 * The timer's thread refills the stock when half of it is gone, and deletes what was read, in
 * batches. No name is used twice.
 */
@SuppressWarnings("FutureReturnValueIgnored") // callbacks and logs tell of failures
final class TopicChannel implements ReplyChannel {
  private static final Logger LOG = LoggerFactory.getLogger(TopicChannel.class);
  private static final int DELETE_BATCH = 64;
  private static final long SWEEP_MS = 1_000;

  /** Answers read to their end after which they are not read any more, without waiting. */
  private static final int SWEEP_AT = 16;

  private static final long RETRY_MS = 500;

  /**
   * Topics that one consumer reads in its life. Kafka's consumer keeps some metrics of every topic
   * it ever read, so that a client with a topic for each job would grow without bound.
   */
  static final int MOST_TOPICS_READ = 512;

  private static final long OPEN_TIMEOUT_MS = 10_000;

  private final JobClientOptions options;
  private final TopicNames names;
  private final TopicAdmin topics;
  private final ReplyLoop loop;
  private final ScheduledExecutorService timer;
  private final Supplier<String> ids;
  private final Supplier<Consumer<String, byte[]>> readers;
  private final BlockingQueue<String> ready = new LinkedBlockingQueue<>();
  private final Queue<String> finished = new ConcurrentLinkedQueue<>();

  /** Those among the finished whose answers others read. */
  private final Set<String> left = ConcurrentHashMap.newKeySet();

  private final AtomicInteger finishedCount = new AtomicInteger();
  private final AtomicBoolean refilling = new AtomicBoolean();
  private int topicsRead;
  private volatile boolean closed;
  private volatile @Nullable KafkaProblem lastProblem;

  TopicChannel(
      JobClientOptions options,
      TopicAdmin topics,
      ReplyLoop loop,
      ScheduledExecutorService timer,
      Supplier<String> ids,
      Supplier<Consumer<String, byte[]>> readers) {
    this.options = options;
    this.names = options.topics().names();
    this.topics = topics;
    this.loop = loop;
    this.timer = timer;
    this.ids = ids;
    this.readers = readers;
  }

  /** Makes the first stock. */
  @Override
  public void start() {
    fill();
    Duration pause = Duration.ofMillis(SWEEP_MS);
    Supervisor.uncounted("The client").part("sweep").repeat(timer, this::sweep, pause, pause);
  }

  @Override
  public ReplyPlace open() {
    String topic = takeFresh();
    if (ready.size() <= options.readyTopics() / 2) {
      refillLater(0);
    }
    if (topic == null) {
      topic = await();
    }
    return new ReplyPlace(topic, 0, 0);
  }

  @Override
  public String idFor(ReplyPlace place) {
    return place.topic().substring(names.replies("").length());
  }

  @Override
  public void release(ReplyPlace place) {
    finished.add(place.topic());
    // The broker looks at every topic of a reader for each of its requests.
    if (finishedCount.incrementAndGet() == SWEEP_AT && !closed) {
      timer.execute(this::sweep);
    }
  }

  @Override
  public void leave(ReplyPlace place) {
    left.add(place.topic());
    release(place);
  }

  @Override
  public void read(int partition, long nextOffset) {
    // Every answer is read from its topic's beginning.
  }

  @Override
  public void close(boolean jobsOpen) {
    closed = true;
    delete(new ArrayList<>(ready));
    deleteRead(new ArrayList<>(finished));
  }

  /**
   * A topic that is made ahead and not used is deleted by its age as abandoned in the end; so one
   * that has lain for half its retention is given back, not used.
   */
  private @Nullable String takeFresh() {
    String topic = ready.poll();
    while (topic != null
        && isStale(
            topic.substring(names.replies("").length()),
            System.currentTimeMillis(),
            options.replyRetention())) {
      finished.add(topic);
      topic = ready.poll();
    }
    return topic;
  }

  static boolean isStale(String uuidV7, long nowMs, Duration retention) {
    return nowMs - JobIds.madeAtMs(uuidV7).orElse(nowMs) > retention.toMillis() / 2;
  }

  private String await() {
    try {
      String topic = ready.poll(OPEN_TIMEOUT_MS, TimeUnit.MILLISECONDS);
      if (topic != null) {
        return topic;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new JobException(
          JobException.INTERRUPTED, "The thread that waited for a reply topic was interrupted.", e);
    }
    KafkaProblem problem = lastProblem;
    throw new JobException(
        JobException.NOT_SUBMITTED,
        problem == null
            ? "No reply topic was made within " + OPEN_TIMEOUT_MS + " ms: is Kafka overloaded?"
            : String.valueOf(problem.getMessage()),
        problem);
  }

  private void refillLater(long delayMs) {
    if (!closed && refilling.compareAndSet(false, true)) {
      timer.schedule(this::refill, delayMs, TimeUnit.MILLISECONDS);
    }
  }

  private void refill() {
    boolean failed = false;
    try {
      fill();
      lastProblem = null;
    } catch (RuntimeException e) {
      if (timer.isShutdown()) {
        // The client closes: they are not wanted any more.
        return;
      }
      KafkaProblem problem =
          KafkaProblem.of(e, "making reply topics", options.kafka().bootstrapServers());
      LOG.warn("Reply topics could not be made: {}", problem.getMessage());
      lastProblem = problem;
      failed = true;
    } finally {
      refilling.set(false);
    }
    if (failed || ready.size() <= options.readyTopics() / 2) {
      refillLater(failed ? RETRY_MS : 0);
    }
  }

  private void fill() {
    List<String> made = new ArrayList<>();
    for (int count = ready.size(); count < options.readyTopics(); count++) {
      made.add(names.replies(ids.get()));
    }
    if (made.isEmpty() || closed) {
      return;
    }
    topics.createReplies(made, options.replyRetention());
    List<String> gone = takeFinished();
    loop.tell(consumer -> reassign(consumer, made, gone));
    ready.addAll(made);
    topicsRead += made.size();
    if (topicsRead >= MOST_TOPICS_READ) {
      topicsRead = 0;
      loop.renew(readers);
    }
    deleteRead(gone);
  }

  private void sweep() {
    try {
      List<String> gone = takeFinished();
      if (!gone.isEmpty()) {
        loop.tell(consumer -> reassign(consumer, List.of(), gone));
        deleteRead(gone);
      }
    } catch (RuntimeException e) {
      LOG.warn("Reply topics that were read stay for the dispatchers to delete: {}", e.toString());
    }
  }

  private List<String> takeFinished() {
    List<String> gone = new ArrayList<>();
    finishedCount.set(0);
    for (String topic = finished.poll(); topic != null; topic = finished.poll()) {
      gone.add(topic);
    }
    return gone;
  }

  private static void reassign(
      Consumer<String, byte[]> consumer, Collection<String> made, Collection<String> gone) {
    Set<TopicPartition> all = new HashSet<>(consumer.assignment());
    gone.forEach(topic -> all.remove(new TopicPartition(topic, 0)));
    made.forEach(topic -> all.add(new TopicPartition(topic, 0)));
    consumer.assign(all);
    // Where a new topic begins is known, so nobody has to be asked.
    made.forEach(topic -> consumer.seek(new TopicPartition(topic, 0), new OffsetAndMetadata(0)));
  }

  private void deleteRead(List<String> read) {
    read.removeIf(left::remove);
    if (!options.keepReplies()) {
      delete(read);
    }
  }

  private void delete(List<String> unneeded) {
    for (int from = 0; from < unneeded.size(); from += DELETE_BATCH) {
      List<String> batch = unneeded.subList(from, Math.min(unneeded.size(), from + DELETE_BATCH));
      try {
        topics.delete(batch);
      } catch (KafkaProblem e) {
        LOG.warn("Reply topics stay for the dispatchers to delete: {}", e.getMessage());
      }
    }
  }
}
