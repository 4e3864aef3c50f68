package dev.relevo.gateway.batches;

import dev.relevo.common.kafka.KafkaClients.FetchWait;
import dev.relevo.common.kafka.KafkaClients.Start;
import dev.relevo.common.protocol.TopicNames;
import dev.relevo.common.supervision.Supervisor;
import java.time.Duration;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;

/**
 * Keeps the book of all batches, and runs those whose partitions the gateways' group gives to this
 * one. One thread with two consumers: a member of the group, which reads nothing, and one that
 * reads all partitions (a Kafka consumer cannot subscribe and assign). Batches run in threads of
 * their own ({@link BatchRun}).
 *
 * <p>Two gateways may run one batch for a moment, while the group moves or after one was frozen.
 * That does no harm: they send the same jobs under the same ids, and the first end in the log
 * counts. Who holds the batch says it, so that as a rule nobody writes files for nothing.
 */
final class BatchOwner implements AutoCloseable {
  private static final Duration POLL = Duration.ofMillis(100);

  /** The shortest that an unconfigured broker allows. */
  private static final Duration SESSION_TIMEOUT = Duration.ofSeconds(6);

  /** What is given to us is ours for so long after the sending of a commit that was accepted. */
  private static final Duration HOLDS = SESSION_TIMEOUT.minusSeconds(1);

  private static final Duration COMMIT_INTERVAL = Duration.ofSeconds(1);
  private static final Duration FIRST_READ_BOUND = Duration.ofSeconds(30);
  private static final Duration CLOSE_BOUND = Duration.ofSeconds(10);

  /** How long a batch rests whose run went wrong. */
  private static final Duration REST = Duration.ofSeconds(5);

  private final BatchRun.Tools tools;
  private final TopicNames names;
  private final List<TopicPartition> places;
  private final Map<String, Running> running = new ConcurrentHashMap<>();
  private final Map<String, Long> restsUntilNanos = new HashMap<>();
  private final CountDownLatch firstRead = new CountDownLatch(1);
  private final Sweeper sweeper;
  private final Thread thread;
  private Set<Integer> owned = new HashSet<>();
  private Map<TopicPartition, Long> ends = Map.of();
  private volatile long provenNanos = System.nanoTime() - SESSION_TIMEOUT.toNanos();
  private volatile boolean closed;
  private volatile boolean dies;

  private record Running(BatchRun run, Thread thread) {}

  BatchOwner(BatchRun.Tools tools) {
    this.tools = tools;
    this.names = tools.layout().names();
    this.places =
        IntStream.range(0, tools.log().partitions())
            .mapToObj(partition -> new TopicPartition(names.batches(), partition))
            .toList();
    this.sweeper = new Sweeper(tools);
    this.thread =
        Supervisor.uncounted("The gateway")
            .part("batches")
            .start(
                Thread.ofPlatform().daemon().name("relevo-gateway-batches"), this::keepUntilClosed);
  }

  /** Waits until the book has what Kafka had when this was started. */
  boolean awaitBook() throws InterruptedException {
    return firstRead.await(FIRST_READ_BOUND.toMillis(), TimeUnit.MILLISECONDS);
  }

  private void keepUntilClosed() {
    if (closed) {
      return;
    }
    try (Consumer<String, byte[]> reader =
            tools
                .clients()
                .assignedConsumer("relevo-gateway-batches", FetchWait.STEADY, Start.EARLIEST);
        Membership member = new Membership()) {
      reader.assign(places);
      reader.seekToBeginning(places);
      ends = reader.endOffsets(places);
      while (!closed) {
        member.keep();
        read(reader);
        if (member.takeChange()) {
          // What stood there when the group gave it to us has to be known before we act.
          ends = reader.endOffsets(places);
        }
        if (isBookRead()) {
          firstRead.countDown();
          settle();
          sweeper.sweepIfDue(owned.contains(0));
        }
      }
    } finally {
      running.values().forEach(one -> one.run().stop());
      owned = new HashSet<>();
    }
  }

  private void read(Consumer<String, byte[]> reader) {
    for (ConsumerRecord<String, byte[]> record : reader.poll(POLL)) {
      tools.book().take(record);
    }
    // What a compacted topic no longer has counts as read.
    for (TopicPartition place : places) {
      tools.book().read(place.partition(), reader.position(place));
    }
  }

  private boolean isBookRead() {
    return places.stream()
        .allMatch(place -> tools.book().next(place.partition()) >= ends.getOrDefault(place, 0L));
  }

  /** Starts what is ours and does not run, and stops what is not. */
  private void settle() {
    long nowNanos = System.nanoTime();
    running.forEach((uuid, one) -> {
      if (!isOurs(uuid)) {
        one.run().stop();
      }
      if (one.run().isOver()) {
        running.remove(uuid);
        if (one.run().isBroken()) {
          restsUntilNanos.put(uuid, nowNanos + REST.toNanos());
        }
      }
    });
    restsUntilNanos.values().removeIf(until -> nowNanos - until > 0);
    tools.book().open().stream()
        .filter(batch -> isOurs(batch.uuid()))
        .filter(batch -> !running.containsKey(batch.uuid()))
        .filter(batch -> !restsUntilNanos.containsKey(batch.uuid()))
        .sorted(Comparator.comparingLong(batch -> batch.created().createdAtMs()))
        .limit(Math.max(0, tools.limits().mostRunning() - running.size()))
        .forEach(this::start);
  }

  private boolean isOurs(String uuid) {
    return owned.contains(tools.log().partition(uuid));
  }

  private void start(Batch batch) {
    BatchRun run = new BatchRun(tools, batch, this::holds);
    Thread own = Thread.ofPlatform().daemon().name("relevo-" + batch.id()).start(run);
    running.put(batch.uuid(), new Running(run, own));
  }

  /** Whether the group has confirmed, so lately that nobody else has them, what it gave to us. */
  private boolean holds() {
    return System.nanoTime() - provenNanos < HOLDS.toNanos();
  }

  /** What runs here. */
  Collection<BatchRun> runs() {
    return running.values().stream().map(Running::run).toList();
  }

  /** Ends what runs here; whoever the group gives it to goes on. */
  @Override
  public void close() {
    closed = true;
    running.values().forEach(one -> one.run().stop());
    try {
      thread.join(CLOSE_BOUND);
      for (Running one : running.values()) {
        one.thread().join(CLOSE_BOUND);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Ends at once and tells nobody, as a process does that is killed. For tests. */
  void die() {
    dies = true;
    close();
  }

  /** The gateways' consumer group, as far as it says whose batches are whose. */
  private final class Membership implements ConsumerRebalanceListener, AutoCloseable {
    private final Consumer<String, byte[]> member =
        tools
            .clients()
            .groupConsumer(names.gatewayGroup(), "relevo-gateway-member", SESSION_TIMEOUT);
    private boolean changed;
    private long committedNanos = System.nanoTime() - COMMIT_INTERVAL.toNanos();

    Membership() {
      member.subscribe(List.of(names.batches()), this);
    }

    void keep() {
      member.poll(Duration.ZERO);
      long now = System.nanoTime();
      if (!owned.isEmpty() && now - committedNanos > COMMIT_INTERVAL.toNanos()) {
        committedNanos = now;
        commit(now);
      }
    }

    /** Nobody starts from these offsets: a commit is how the group says what is whose. */
    private void commit(long sentNanos) {
      Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
      owned.forEach(partition ->
          offsets.put(new TopicPartition(names.batches(), partition), new OffsetAndMetadata(0)));
      member.commitAsync(
          offsets,
          (_, failure) -> {
            if (failure == null) {
              provenNanos = sentNanos;
            }
          });
    }

    boolean takeChange() {
      boolean was = changed;
      changed = false;
      return was;
    }

    @Override
    public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
      // What is given to us again goes on; settling stops the rest when the group has spoken.
    }

    @Override
    public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
      member.pause(partitions);
      owned = new HashSet<>(partitions.stream().map(TopicPartition::partition).toList());
      changed = true;
    }

    @Override
    public void onPartitionsLost(Collection<TopicPartition> partitions) {
      owned = new HashSet<>();
      changed = true;
    }

    @Override
    public void close() {
      member.close(
          CloseOptions.timeout(Duration.ofSeconds(2))
              .withGroupMembershipOperation(
                  dies
                      ? CloseOptions.GroupMembershipOperation.REMAIN_IN_GROUP
                      : CloseOptions.GroupMembershipOperation.LEAVE_GROUP));
    }
  }
}
