package dev.relevo.launcher;

import dev.relevo.common.kafka.KafkaClients;
import dev.relevo.common.protocol.ReplyPlace;
import dev.relevo.common.protocol.TopicNames;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.ListOffsetsResult;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/** Which reply places of earlier answers are still there, and where they end. */
final class ReplyPlaces implements AutoCloseable {
  private static final int MOST_REMEMBERED = 1_000;
  private static final int PATIENCE_MS = 5_000;
  private static final long GONE = -1;

  private final KafkaClients clients;
  private final Admin admin;
  private final Set<String> there;

  /** Inboxes are many jobs' place; any end of theirs after the letters were written will do. */
  private final Map<TopicPartition, Long> ends =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<TopicPartition, Long> eldest) {
          return size() > MOST_REMEMBERED;
        }
      };

  /** Looks once which topics there are. */
  ReplyPlaces(KafkaClients clients, TopicNames topics) {
    this.clients = clients;
    this.admin = clients.admin("relevo-tool-places");
    this.there =
        get(admin.listTopics().names(), "looking for the reply topics").stream()
            .filter(topics::isReplyPlace)
            .collect(Collectors.toUnmodifiableSet());
  }

  /** Whether the topic was there. */
  boolean isThere(ReplyPlace place) {
    return there.contains(place.topic());
  }

  /** Looks for the ends of several places at once: one by one each would cost a round trip. */
  void learn(Collection<ReplyPlace> places) {
    Map<TopicPartition, OffsetSpec> unknown = new HashMap<>();
    for (ReplyPlace place : places) {
      TopicPartition partition = new TopicPartition(place.topic(), place.partition());
      if (isThere(place) && !ends.containsKey(partition)) {
        unknown.put(partition, OffsetSpec.latest());
      }
    }
    if (!unknown.isEmpty()) {
      ListOffsetsResult found = admin.listOffsets(unknown, bound());
      unknown.keySet().forEach(partition -> ends.put(partition, end(found, partition)));
    }
  }

  /** The same place from its end on; empty where it is gone. */
  Optional<ReplyPlace> behind(ReplyPlace place) {
    if (!isThere(place)) {
      return Optional.empty();
    }
    TopicPartition partition = new TopicPartition(place.topic(), place.partition());
    if (!ends.containsKey(partition)) {
      learn(List.of(place));
    }
    long end = ends.getOrDefault(partition, GONE);
    return end == GONE
        ? Optional.empty()
        : Optional.of(new ReplyPlace(place.topic(), place.partition(), end));
  }

  @Override
  public void close() {
    admin.close();
  }

  private static ListOffsetsOptions bound() {
    return new ListOffsetsOptions().timeoutMs(PATIENCE_MS);
  }

  /** A vanished topic shows as a time-out: Kafka takes it for one that is only just made. */
  private long end(ListOffsetsResult found, TopicPartition partition) {
    String doing = "looking for the end of " + partition;
    try {
      return found.partitionResult(partition).get().offset();
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
    String topic = partition.topic();
    try {
      return admin.describeTopics(Set.of(topic)).allTopicNames().get().values().stream()
          .anyMatch(found -> partition.partition() < found.partitions().size());
    } catch (ExecutionException e) {
      if (e.getCause() instanceof UnknownTopicOrPartitionException) {
        return false;
      }
      throw clients.problem(e, "looking for the topic " + topic);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw clients.problem(e, "looking for the topic " + topic);
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
