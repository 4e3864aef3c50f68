package dev.relevo.client;

import dev.relevo.client.PlaceInquiry.Finding;
import dev.relevo.common.kafka.KafkaClients;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.apache.kafka.common.errors.WakeupException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one thread, with one consumer, that reads for all who follow answers. It alone touches the
 * consumer and the table of followers: others hand it commands, and wake it where it waits for
 * Kafka. It runs no code of callers. Whether a place is there, and still is, it has asked without
 * waiting for the answer; one question is under way at a time, for all places that came up
 * meanwhile.
 */
@SuppressWarnings("FutureReturnValueIgnored") // an inquiry always ends with an answer
final class FollowLoop implements Runnable {
  /** Places that are asked after in one round because nothing came from them. */
  private static final int MOST_SILENT = 500;

  private static final Logger LOG = LoggerFactory.getLogger(FollowLoop.class);
  private static final Duration POLL = Duration.ofSeconds(1);
  private static final long SILENCE_NANOS = TimeUnit.SECONDS.toNanos(3);

  private final KafkaClients clients;
  private final Supplier<Consumer<String, byte[]>> consumers;
  private final PlaceInquiry inquiry;
  private final Owner owner;
  private final int mostTopicsRead;
  private final Duration idle;
  private final BlockingQueue<Runnable> commands = new LinkedBlockingQueue<>();
  private final FollowTable table;

  /** Where the consumer stands. */
  private final Map<TopicPartition, Long> stands = new HashMap<>();

  /** When something was last heard of a partition. */
  private final Map<TopicPartition, Long> heardNanos = new HashMap<>();

  private final List<OpenJob> arrived = new ArrayList<>();
  private volatile Consumer<String, byte[]> consumer;
  private volatile boolean waiting;
  private volatile boolean stopping;
  private boolean asking;
  private long assigned;
  private long lookedNanos = System.nanoTime();
  private int topicsRead;

  /** Whose followers these are. */
  interface Owner {
    /** Nobody has followed anything for a while: whether the loop may end now. */
    boolean mayEnd();

    /** The one who follows the job is done. */
    void ended(OpenJob job);

    /** Nothing will be read any more by this loop. */
    void broken(JobException failure);
  }

  /**
   * @param mostTopicsRead by one consumer in its life
   * @param idle how long it waits for somebody to follow something before it ends
   */
  FollowLoop(
      KafkaClients clients,
      Supplier<Consumer<String, byte[]>> consumers,
      PlaceInquiry inquiry,
      Owner owner,
      int mostTopicsRead,
      Duration idle) {
    this.clients = clients;
    this.consumers = consumers;
    this.consumer = consumers.get();
    this.inquiry = inquiry;
    this.owner = owner;
    this.mostTopicsRead = mostTopicsRead;
    this.idle = idle;
    this.table = new FollowTable(owner::ended);
  }

  /** Follows an answer; any thread. */
  void add(OpenJob job) {
    tell(() -> arrived.add(job));
  }

  /** Follows it no longer; any thread. */
  void remove(OpenJob job) {
    tell(() -> {
      arrived.remove(job);
      table.remove(job);
    });
  }

  /** Whether it was asked for nothing that it has not done; any thread. */
  boolean hasNothingToDo() {
    return commands.isEmpty();
  }

  /** Ends it soon; any thread. */
  void stop() {
    stopping = true;
    tell(() -> {});
  }

  private void tell(Runnable command) {
    commands.add(command);
    // Only where it waits: while it has records to read it looks here after each few of them.
    if (waiting) {
      consumer.wakeup();
    }
  }

  @Override
  public void run() {
    try {
      while (!stopping && !isOver()) {
        ask();
        move();
        if (!table.partitions().isEmpty()) {
          read(poll());
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      broken("the thread was interrupted", e);
    } catch (RuntimeException e) {
      broken(String.valueOf(clients.problem(e, "following answers").getMessage()), e);
    } catch (Error e) {
      broken(e.toString(), e);
    } finally {
      // Without a goodbye: it would wait for the fetch under way.
      consumer.close(CloseOptions.timeout(Duration.ZERO));
    }
  }

  private void broken(String why, Throwable cause) {
    LOG.error("Following answers has stopped: {}", why, cause);
    owner.broken(
        new JobException(JobException.UNREADABLE, "Following answers broke: " + why, cause));
  }

  /** Does what it was told; true when it was told nothing for long, and nobody needs it. */
  private boolean isOver() throws InterruptedException {
    Runnable next = commands.poll();
    if (next == null && table.partitions().isEmpty() && arrived.isEmpty()) {
      next = asking ? commands.take() : commands.poll(idle.toMillis(), TimeUnit.MILLISECONDS);
      if (next == null) {
        return owner.mayEnd();
      }
    }
    for (; next != null; next = commands.poll()) {
      next.run();
    }
    return false;
  }

  private ConsumerRecords<String, byte[]> poll() {
    try {
      ConsumerRecords<String, byte[]> records = consumer.poll(Duration.ZERO);
      if (!records.isEmpty()) {
        return records;
      }
      table.nothingCame();
      move();
      waiting = true;
      return commands.isEmpty() ? consumer.poll(POLL) : ConsumerRecords.empty();
    } catch (WakeupException e) {
      return ConsumerRecords.empty();
    } catch (TopicAuthorizationException e) {
      refused(e);
      return ConsumerRecords.empty();
    } finally {
      waiting = false;
    }
  }

  private void refused(TopicAuthorizationException e) {
    JobException why =
        new JobException(
            JobException.UNREADABLE,
            String.valueOf(clients.problem(e, "following answers").getMessage()),
            e);
    Set.copyOf(table.partitions()).stream()
        .filter(partition -> e.unauthorizedTopics().contains(partition.topic()))
        .forEach(partition -> table.failAll(partition, why));
  }

  private void read(ConsumerRecords<String, byte[]> records) {
    for (TopicPartition partition : records.partitions()) {
      var those = records.records(partition);
      long next = those.getLast().offset() + 1;
      stands.put(partition, next);
      heardNanos.put(partition, System.nanoTime());
      table.read(partition, those, next + lag(partition));
    }
  }

  private long lag(TopicPartition partition) {
    try {
      return table.isGoingBack(partition) ? consumer.currentLag(partition).orElse(0) : 0;
    } catch (WakeupException e) {
      return 0;
    }
  }

  /** Has Kafka asked for places that are new here, and for those that have been silent. */
  private void ask() {
    if (asking) {
      return;
    }
    List<OpenJob> newcomers = List.copyOf(arrived);
    arrived.clear();
    Set<TopicPartition> places = silent();
    newcomers.forEach(job -> places.add(FollowTable.partition(job)));
    if (!places.isEmpty()) {
      asking = true;
      inquiry.ask(places).thenAccept(found -> tell(() -> answered(newcomers, found)));
    }
  }

  private Set<TopicPartition> silent() {
    long now = System.nanoTime();
    Set<TopicPartition> silent = new HashSet<>();
    if (now - lookedNanos < POLL.toNanos()) {
      return silent;
    }
    lookedNanos = now;
    for (Map.Entry<TopicPartition, Long> heard : heardNanos.entrySet()) {
      if (silent.size() < MOST_SILENT && now - heard.getValue() > SILENCE_NANOS) {
        heard.setValue(now);
        silent.add(heard.getKey());
      }
    }
    return silent;
  }

  private void answered(List<OpenJob> newcomers, Map<TopicPartition, Finding> found) {
    asking = false;
    found.forEach((partition, finding) -> {
      if (finding instanceof Finding.Missing) {
        table.vanished(partition);
      }
    });
    newcomers.forEach(job -> table.add(job, found.get(FollowTable.partition(job))));
  }

  /** Brings the consumer where the followers are. */
  private void move() {
    Set<TopicPartition> touched = table.touched();
    if (assigned != table.changes()) {
      assign();
      assigned = table.changes();
    }
    for (TopicPartition partition : touched) {
      Long stood = stands.get(partition);
      long position = table.position(partition);
      if (stood != null && stood != position) {
        consumer.seek(partition, position);
        stands.put(partition, position);
      }
    }
  }

  private void assign() {
    Set<TopicPartition> fresh = new HashSet<>(table.partitions());
    fresh.removeAll(stands.keySet());
    stands.keySet().retainAll(table.partitions());
    heardNanos.keySet().retainAll(table.partitions());
    topicsRead += fresh.size();
    if (topicsRead >= mostTopicsRead) {
      Consumer<String, byte[]> worn = consumer;
      consumer = consumers.get();
      worn.close(CloseOptions.timeout(Duration.ZERO));
      fresh.addAll(table.partitions());
      topicsRead = fresh.size();
    }
    consumer.assign(table.partitions());
    for (TopicPartition partition : fresh) {
      consumer.seek(partition, table.position(partition));
      stands.put(partition, table.position(partition));
      heardNanos.put(partition, System.nanoTime());
    }
  }
}
