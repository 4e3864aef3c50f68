package dev.relevo.dispatcher.kafka;

import dev.relevo.common.kafka.KafkaClients;
import dev.relevo.common.protocol.TopicNames;
import dev.relevo.dispatcher.core.Lease;
import dev.relevo.dispatcher.core.Moment;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.apache.kafka.clients.consumer.CommitFailedException;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RebalanceInProgressException;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.WakeupException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which homes are ours: membership in the dispatchers' consumer group, and nothing else. It reads
 * no record; every partition it is given is paused, and another consumer reads (a Kafka consumer
 * cannot subscribe and assign).
 *
 * <p>Holding a home needs proof (protocol section 4, Holding on): decisions count within the
 * session time-out, less a second, of the sending of the last commit that the group accepted.
 * {@code poll} alone proves nothing.
 */
final class Membership implements AutoCloseable {
  private static final long POLL_INTERVAL_NANOS = Duration.ofMillis(50).toNanos();
  private static final Duration COMMIT_TIMEOUT = Duration.ofSeconds(2);
  private static final Logger LOG = LoggerFactory.getLogger(Membership.class);

  private final Consumer<String, byte[]> consumer;
  private final TopicNames topics;
  private final Lease lease;
  private final Clock clock;
  private final Accepted accepted;

  private Set<Integer> homes = Set.of();
  private boolean changed;
  private boolean moving = true;
  private long polledNanos = Long.MIN_VALUE / 2;

  Membership(
      KafkaClients clients,
      TopicNames topics,
      String id,
      Duration sessionTimeout,
      Clock clock,
      Accepted accepted) {
    this.consumer = clients.groupConsumer(topics.dispatcherGroup(), id + "-member", sessionTimeout);
    this.topics = topics;
    this.clock = clock;
    this.accepted = accepted;
    this.lease = new Lease(sessionTimeout);
    consumer.subscribe(List.of(topics.jobs(), topics.batchJobs()), new Listener());
  }

  /** Hears which offsets the group has accepted; on the loop's thread. */
  @FunctionalInterface
  interface Accepted {
    void accept(Map<TopicPartition, OffsetAndMetadata> offsets);
  }

  /** Keeps the membership; cheap to call often. */
  void poll(Moment now) {
    if (moving || now.nanos() - polledNanos >= POLL_INTERVAL_NANOS) {
      polledNanos = now.nanos();
      consumer.poll(Duration.ZERO);
    }
  }

  /** Whether the group is giving homes out: then it wants to be polled often. */
  boolean isMoving() {
    return moving;
  }

  /** The homes that the group names us for, as far as we have heard. */
  Set<Integer> homes() {
    return homes;
  }

  /** The homes that were given to us, if that changed since the last call; null if it did not. */
  @org.jspecify.annotations.Nullable
  Set<Integer> takeChange() {
    if (!changed) {
      return null;
    }
    changed = false;
    return homes;
  }

  /** Whether decisions count now. */
  boolean holds(Moment now) {
    return lease.holds(now.nanos());
  }

  /** The committed offset of each partition that has one. */
  Map<TopicPartition, OffsetAndMetadata> committed(Set<TopicPartition> partitions) {
    return consumer.committed(partitions);
  }

  /** Commits, without waiting; when the group accepts it, the lease is renewed. */
  void commit(Map<TopicPartition, OffsetAndMetadata> offsets, Moment now) {
    consumer.commitAsync(
        offsets,
        (committed, failure) -> {
          if (failure == null) {
            lease.renewFrom(now.nanos());
            accepted.accept(offsets);
          } else if (!(failure instanceof RebalanceInProgressException)
              && !(failure instanceof RetriableException)) {
            LOG.warn("The group did not accept a commit: {}", failure.getMessage());
          }
        });
  }

  /**
   * Commits and waits for the answer, a bounded time; after a pause nothing is decided before it.
   *
   * @return whether the group accepted it
   */
  boolean commitNow(Map<TopicPartition, OffsetAndMetadata> offsets) {
    Moment sent = clock.now();
    try {
      consumer.commitSync(offsets, COMMIT_TIMEOUT);
      lease.renewFrom(sent.nanos());
      accepted.accept(offsets);
      return true;
    } catch (CommitFailedException | RebalanceInProgressException | TimeoutException e) {
      LOG.info("Not a member at the moment: {}", e.getMessage());
      consumer.poll(Duration.ofMillis(50));
      return false;
    } catch (WakeupException e) {
      return false;
    }
  }

  /** Leaves the group, so that another takes over at once. */
  @Override
  public void close() {
    consumer.close();
  }

  private final class Listener implements ConsumerRebalanceListener {
    @Override
    public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
      // The group gives them out anew; until it says to whom, we go on: the lease and the fences
      // keep that safe.
      moving = true;
      LOG.debug("Rebalance: {} may move", partitions);
    }

    @Override
    public void onPartitionsLost(Collection<TopicPartition> partitions) {
      moving = true;
      homes = Set.of();
      changed = true;
    }

    @Override
    public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
      consumer.pause(consumer.assignment());
      Set<Integer> given = new TreeSet<>();
      for (TopicPartition partition : consumer.assignment()) {
        if (partition.topic().equals(topics.jobs())) {
          given.add(partition.partition());
        }
      }
      moving = false;
      homes = Set.copyOf(given);
      changed = true;
      lease.renewFrom(clock.now().nanos());
    }
  }
}
