package dev.relevo.operator;

import dev.relevo.common.kafka.KafkaClients;
import dev.relevo.common.protocol.ReplyPlace;
import dev.relevo.common.protocol.TopicNames;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.ListOffsetsResult;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/**
 * Which reply places of earlier answers are still there, and where they end. A dispatcher clears
 * reply topics away while a replay goes on, and a job that is sent to one that is gone does not run
 * but has a new letter; so what was found is believed for {@link #FRESH} only.
 */
public final class ReplyPlaces implements AutoCloseable {
  /** How long a place counts as there after it was looked for. */
  public static final Duration FRESH = Duration.ofSeconds(2);

  private static final int MOST_REMEMBERED = 1_000;
  private static final int PATIENCE_MS = 5_000;
  private static final long GONE = -1;

  private final KafkaClients clients;
  private final Admin admin;
  private final LongSupplier nanos;
  private final Set<String> there;

  /** Inboxes are many jobs' place; any end of theirs after the letters were written will do. */
  private final Map<TopicPartition, Found> found =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<TopicPartition, Found> eldest) {
          return size() > MOST_REMEMBERED;
        }
      };

  /** The end of a place, or {@link #GONE}, and when it was asked for. */
  private record Found(long end, long nanos) {}

  /**
   * Looks once which topics there are.
   *
   * @param nanos a clock that only goes forward
   */
  public ReplyPlaces(KafkaClients clients, TopicNames topics, LongSupplier nanos) {
    this.clients = clients;
    this.nanos = nanos;
    this.admin = clients.admin("relevo-tool-places");
    this.there =
        get(admin.listTopics().names(), "looking for the reply topics").stream()
            .filter(topics::isReplyPlace)
            .collect(Collectors.toUnmodifiableSet());
  }

  /** Whether the topic was there at first. */
  public boolean isThere(ReplyPlace place) {
    return there.contains(place.topic());
  }

  /**
   * Looks for several places at once, as one by one each would cost two round trips. To be called
   * right before they are needed.
   */
  public void learn(Collection<ReplyPlace> places) {
    Set<TopicPartition> unknown = new HashSet<>();
    for (ReplyPlace place : places) {
      if (isThere(place) && !isFresh(partition(place))) {
        unknown.add(partition(place));
      }
    }
    if (unknown.isEmpty()) {
      return;
    }
    long askedNanos = nanos.getAsLong();
    Map<TopicPartition, OffsetSpec> existing = new HashMap<>();
    Map<String, Integer> partitions = partitions(unknown);
    for (TopicPartition partition : unknown) {
      if (partition.partition() < partitions.getOrDefault(partition.topic(), 0)) {
        existing.put(partition, OffsetSpec.latest());
      } else {
        remember(partition, new Found(GONE, askedNanos));
      }
    }
    if (!existing.isEmpty()) {
      ListOffsetsResult ends = admin.listOffsets(existing, bound());
      existing
          .keySet()
          .forEach(partition -> remember(partition, new Found(end(ends, partition), askedNanos)));
    }
  }

  /** The same place from its end on; empty where it is gone. */
  public Optional<ReplyPlace> behind(ReplyPlace place) {
    if (!isThere(place)) {
      return Optional.empty();
    }
    if (!isFresh(partition(place))) {
      learn(List.of(place));
    }
    Found end = found.get(partition(place));
    return end == null || end.end() == GONE
        ? Optional.empty()
        : Optional.of(new ReplyPlace(place.topic(), place.partition(), end.end()));
  }

  private static TopicPartition partition(ReplyPlace place) {
    return new TopicPartition(place.topic(), place.partition());
  }

  /** A topic that is gone stays gone; one that is there may go. */
  private boolean isFresh(TopicPartition partition) {
    Found known = found.get(partition);
    return known != null
        && (known.end() == GONE || nanos.getAsLong() - known.nanos() < FRESH.toNanos());
  }

  /** As the newest, so that what is forgotten is what was looked for long ago. */
  private void remember(TopicPartition partition, Found end) {
    found.remove(partition);
    found.put(partition, end);
  }

  @Override
  public void close() {
    admin.close();
  }

  private static ListOffsetsOptions bound() {
    return new ListOffsetsOptions().timeoutMs(PATIENCE_MS);
  }

  /** A vanished topic shows as a time-out: Kafka takes it for one that is only just made. */
  private long end(ListOffsetsResult ends, TopicPartition partition) {
    String doing = "looking for the end of " + partition;
    try {
      return ends.partitionResult(partition).get().offset();
    } catch (ExecutionException e) {
      boolean mayBeGone =
          e.getCause() instanceof UnknownTopicOrPartitionException
              || e.getCause() instanceof TimeoutException;
      if (mayBeGone && !exists(partition)) {
        return GONE;
      }
      throw clients.problem(e, doing);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw clients.problem(e, doing);
    }
  }

  private boolean exists(TopicPartition partition) {
    return partition.partition() < partitions(Set.of(partition)).getOrDefault(partition.topic(), 0);
  }

  /** How many partitions the topics have; those that are gone are left out. */
  private Map<String, Integer> partitions(Set<TopicPartition> places) {
    Set<String> names =
        places.stream().map(TopicPartition::topic).collect(Collectors.toUnmodifiableSet());
    Map<String, Integer> partitions = new HashMap<>();
    admin
        .describeTopics(names)
        .topicNameValues()
        .forEach((topic, description) -> {
          int count = count(topic, description);
          if (count > 0) {
            partitions.put(topic, count);
          }
        });
    return partitions;
  }

  private int count(String topic, KafkaFuture<TopicDescription> description) {
    String doing = "looking for the topic " + topic;
    try {
      return description.get().partitions().size();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof UnknownTopicOrPartitionException) {
        return 0;
      }
      throw clients.problem(e, doing);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw clients.problem(e, doing);
    }
  }

  private <T> T get(KafkaFuture<T> future, String doing) {
    try {
      return future.get();
    } catch (ExecutionException e) {
      close();
      throw clients.problem(e, doing);
    } catch (InterruptedException e) {
      close();
      Thread.currentThread().interrupt();
      throw clients.problem(e, doing);
    }
  }
}
