package dev.relevo.client;

import dev.relevo.common.kafka.KafkaClients;
import dev.relevo.common.kafka.KafkaProblem;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.DescribeTopicsOptions;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.ListOffsetsResult;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.jspecify.annotations.Nullable;

/**
 * Asks Kafka which places of answers there are, for any number of them with three requests. What is
 * said to be missing is asked for {@value #LOOKS} times, {@link #BETWEEN_LOOKS} apart: a broker may
 * hear late of a new topic. Answers come on Kafka's thread or the timer's.
 */
final class PlaceInquiry {
  private static final int LOOKS = 3;
  private static final Duration BETWEEN_LOOKS = Duration.ofMillis(200);
  private static final int TIMEOUT_MS = 5_000;

  private final KafkaClients clients;
  private final Admin admin;
  private final Executor later;

  PlaceInquiry(KafkaClients clients, Admin admin, Executor timer) {
    this.clients = clients;
    this.admin = admin;
    this.later =
        CompletableFuture.delayedExecutor(BETWEEN_LOOKS.toMillis(), TimeUnit.MILLISECONDS, timer);
  }

  /** What Kafka says of a place. */
  sealed interface Finding {
    /**
     * It is there.
     *
     * @param first the offset of its first record
     * @param end the offset that its next record will have
     */
    record There(long first, long end) implements Finding {}

    /** It is not there. */
    record Missing() implements Finding {}

    /** Kafka does not say: it is away, or slow, or does not tell us. */
    record Unclear(KafkaProblem problem) implements Finding {}
  }

  /** Never ends exceptionally, and has an answer for each place. */
  CompletableFuture<Map<TopicPartition, Finding>> ask(Collection<TopicPartition> places) {
    return ask(places, LOOKS);
  }

  private CompletableFuture<Map<TopicPartition, Finding>> ask(
      Collection<TopicPartition> places, int looks) {
    return look(places)
        .thenCompose(found -> {
          List<TopicPartition> missing =
              found.entrySet().stream()
                  .filter(place -> place.getValue() instanceof Finding.Missing)
                  .map(Map.Entry::getKey)
                  .toList();
          if (missing.isEmpty() || looks == 1) {
            return CompletableFuture.completedFuture(found);
          }
          return CompletableFuture.runAsync(() -> {}, later)
              .thenCompose(waited -> ask(missing, looks - 1))
              .thenApply(again -> {
                found.putAll(again);
                return found;
              });
        });
  }

  private CompletableFuture<Map<TopicPartition, Finding>> look(Collection<TopicPartition> places) {
    try {
      return absent(places)
          .thenCompose(absent -> {
            List<TopicPartition> there =
                places.stream().filter(place -> !absent.containsKey(place)).toList();
            return offsets(there)
                .thenApply(found -> {
                  found.putAll(absent);
                  return found;
                });
          });
    } catch (RuntimeException e) {
      // The admin client is closed: nobody will answer.
      Map<TopicPartition, Finding> unclear = new HashMap<>();
      places.forEach(place -> unclear.put(place, unclear(e)));
      return CompletableFuture.completedFuture(unclear);
    }
  }

  /** Those that do not exist, or of which Kafka does not tell. */
  private CompletableFuture<Map<TopicPartition, Finding>> absent(
      Collection<TopicPartition> places) {
    Map<String, Set<TopicPartition>> byTopic =
        places.stream().collect(Collectors.groupingBy(TopicPartition::topic, Collectors.toSet()));
    Map<TopicPartition, Finding> absent = new ConcurrentHashMap<>();
    List<CompletableFuture<?>> told = new ArrayList<>();
    admin
        .describeTopics(byTopic.keySet(), new DescribeTopicsOptions().timeoutMs(TIMEOUT_MS))
        .topicNameValues()
        .forEach((topic, described) ->
            told.add(
                described
                    .toCompletionStage()
                    .toCompletableFuture()
                    .handle((found, failure) -> {
                      int partitions = found == null ? 0 : found.partitions().size();
                      Finding why = failure == null ? new Finding.Missing() : explain(failure);
                      byTopic.getOrDefault(topic, Set.of()).stream()
                          .filter(place -> place.partition() >= partitions)
                          .forEach(place -> absent.put(place, why));
                      return null;
                    })));
    return all(told).thenApply(done -> absent);
  }

  private CompletableFuture<Map<TopicPartition, Finding>> offsets(List<TopicPartition> places) {
    ListOffsetsResult first = list(places, OffsetSpec.earliest());
    ListOffsetsResult end = list(places, OffsetSpec.latest());
    Map<TopicPartition, Finding> found = new ConcurrentHashMap<>();
    List<CompletableFuture<?>> told = new ArrayList<>();
    for (TopicPartition place : places) {
      told.add(
          offset(first.partitionResult(place))
              .thenCombine(offset(end.partitionResult(place)), Finding.There::new)
              .handle(
                  (there, failure) -> found.put(place, failure == null ? there : explain(failure)))
              .toCompletableFuture());
    }
    return all(told).thenApply(done -> found);
  }

  private ListOffsetsResult list(List<TopicPartition> places, OffsetSpec which) {
    return admin.listOffsets(
        places.stream().collect(Collectors.toMap(Function.identity(), any -> which)),
        new ListOffsetsOptions().timeoutMs(TIMEOUT_MS));
  }

  private static CompletionStage<Long> offset(KafkaFuture<ListOffsetsResultInfo> said) {
    return said.toCompletionStage().thenApply(ListOffsetsResultInfo::offset);
  }

  private Finding explain(@Nullable Throwable failure) {
    Throwable cause = failure;
    while (cause != null
        && cause.getCause() != null
        && (cause instanceof CompletionException || cause instanceof ExecutionException)) {
      cause = cause.getCause();
    }
    if (cause instanceof UnknownTopicOrPartitionException
        || cause instanceof InvalidTopicException) {
      return new Finding.Missing();
    }
    return unclear(cause == null ? new IllegalStateException("Kafka gave no answer") : cause);
  }

  private Finding unclear(Throwable why) {
    return new Finding.Unclear(clients.problem(why, "looking for reply places"));
  }

  private static CompletableFuture<Void> all(List<CompletableFuture<?>> all) {
    return CompletableFuture.allOf(all.toArray(CompletableFuture[]::new));
  }
}
