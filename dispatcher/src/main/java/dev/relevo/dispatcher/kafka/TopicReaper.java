package dev.relevo.dispatcher.kafka;

import dev.relevo.common.kafka.TopicRules;
import dev.relevo.common.supervision.Part;
import dev.relevo.dispatcher.core.Moment;
import dev.relevo.dispatcher.core.Reaper;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.ListOffsetsResult;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lists topics, looks at some and deletes what the core says (protocol section 7). Each step is a
 * request of the admin client that nobody waits for: {@link #tick} belongs to the loop, answers
 * come on Kafka's thread and go to the loop through {@link Answers}. One round is under way at a
 * time, with one request for at most {@value #BATCH} topics at a time.
 */
@SuppressWarnings("FutureReturnValueIgnored") // the end of every round is noted, whatever it is
final class TopicReaper {
  private static final Logger LOG = LoggerFactory.getLogger(TopicReaper.class);
  private static final int BATCH = 100;
  private static final Duration SHORTEST_PAUSE = Duration.ofSeconds(1);
  private static final Duration LONGEST_PAUSE = Duration.ofMinutes(1);

  private final Admin admin;
  private final Answers answers;
  private final DispatcherMetrics metrics;
  private final long pauseNanos;
  private final Part part;
  private long lastNanos;
  private volatile long restNanos;
  private volatile boolean busy;

  /**
   * @param admin not closed here
   * @param retention how long topics stay: they are listed four times in it
   */
  TopicReaper(
      Admin admin, Answers answers, DispatcherMetrics metrics, Duration retention, Part part) {
    this.admin = admin;
    this.answers = answers;
    this.metrics = metrics;
    this.part = part;
    Duration quarter = retention.dividedBy(4);
    Duration pause = quarter.compareTo(SHORTEST_PAUSE) < 0 ? SHORTEST_PAUSE : quarter;
    this.pauseNanos = (pause.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : pause).toNanos();
    this.lastNanos = System.nanoTime();
  }

  /** Begins a round when one is due. */
  void tick(Moment now) {
    if (busy || now.nanos() - lastNanos < Math.max(pauseNanos, restNanos)) {
      return;
    }
    lastNanos = now.nanos();
    restNanos = 0;
    busy = true;
    guarded(() ->
        whenDone(
            admin.listTopics().names(),
            (names, failure) -> {
              if (names == null) {
                end("listing topics", failure);
              } else {
                answers.add(new Answers.Answer.Listed(names));
              }
            }));
  }

  /** A crash ends the round, and no more: the next one comes after a rest. */
  private void guarded(Runnable step) {
    long rest = part.run(step);
    if (rest > 0) {
      restNanos = rest;
      busy = false;
    }
  }

  void carryOut(Reaper.Plan plan) {
    guarded(() ->
        delete(
            plan.delete(),
            () -> {
              if (plan.look().isEmpty()) {
                busy = false;
              } else {
                look(plan.look());
              }
            }));
  }

  void delete(Collection<String> topics) {
    guarded(() -> delete(topics, () -> busy = false));
  }

  private void delete(Collection<String> topics, Runnable then) {
    Deque<List<String>> batches = new ArrayDeque<>();
    List<String> all = List.copyOf(topics);
    for (int from = 0; from < all.size(); from += BATCH) {
      batches.add(all.subList(from, Math.min(all.size(), from + BATCH)));
    }
    deleteNext(batches, then);
  }

  private void deleteNext(Deque<List<String>> batches, Runnable then) {
    List<String> batch = batches.poll();
    if (batch == null) {
      then.run();
      return;
    }
    List<CompletableFuture<?>> gone = new ArrayList<>();
    for (KafkaFuture<Void> topic : admin.deleteTopics(batch).topicNameValues().values()) {
      gone.add(
          topic
              .toCompletionStage()
              .toCompletableFuture()
              .handle((done, failure) -> {
                if (failure == null) {
                  metrics.reaped();
                } else if (!(failure instanceof UnknownTopicOrPartitionException)) {
                  LOG.warn("A reply topic stays for now: {}", failure.getMessage());
                }
                return null;
              }));
    }
    all(gone, () -> deleteNext(batches, then));
  }

  private void look(List<String> topics) {
    Map<String, Long> retentions = new ConcurrentHashMap<>();
    Map<String, Set<TopicPartition>> partitions = new ConcurrentHashMap<>();
    List<CompletableFuture<?>> answered = new ArrayList<>();
    admin
        .describeTopics(topics)
        .topicNameValues()
        .forEach((topic, said) ->
            answered.add(
                said.toCompletionStage()
                    .toCompletableFuture()
                    .handle((found, failure) ->
                        found == null ? null : partitions.put(topic, partitions(found)))));
    admin
        .describeConfigs(
            topics.stream()
                .map(topic -> new ConfigResource(ConfigResource.Type.TOPIC, topic))
                .toList())
        .values()
        .forEach((topic, said) ->
            answered.add(
                said.toCompletionStage()
                    .toCompletableFuture()
                    .handle((found, failure) ->
                        found == null ? null : retentions.put(topic.name(), retentionMs(found)))));
    all(answered, () -> newest(partitions, retentions));
  }

  private void newest(Map<String, Set<TopicPartition>> partitions, Map<String, Long> retentions) {
    partitions.keySet().retainAll(retentions.keySet());
    Map<TopicPartition, OffsetSpec> wanted = new HashMap<>();
    partitions
        .values()
        .forEach(all -> all.forEach(one -> wanted.put(one, OffsetSpec.maxTimestamp())));
    ListOffsetsResult result = admin.listOffsets(wanted);
    Map<String, Reaper.Seen> seen = new ConcurrentHashMap<>();
    List<CompletableFuture<?>> answered = new ArrayList<>();
    partitions.forEach((topic, all) -> {
      List<KafkaFuture<ListOffsetsResult.ListOffsetsResultInfo>> newest =
          all.stream().map(result::partitionResult).toList();
      answered.add(
          KafkaFuture.allOf(newest.toArray(KafkaFuture[]::new))
              .toCompletionStage()
              .toCompletableFuture()
              .handle((done, failure) -> {
                // One of which a partition does not answer is looked at another time.
                return failure == null
                    ? seen.put(
                        topic,
                        new Reaper.Seen(retentions.getOrDefault(topic, -1L), newestMs(newest)))
                    : null;
              }));
    });
    all(answered, () -> answers.add(new Answers.Answer.Seen(seen)));
  }

  private static long newestMs(
      List<KafkaFuture<ListOffsetsResult.ListOffsetsResultInfo>> partitions) {
    long newestMs = -1;
    for (KafkaFuture<ListOffsetsResult.ListOffsetsResultInfo> partition : partitions) {
      newestMs =
          Math.max(
              newestMs, partition.toCompletionStage().toCompletableFuture().join().timestamp());
    }
    return newestMs;
  }

  private static Set<TopicPartition> partitions(TopicDescription topic) {
    Set<TopicPartition> partitions = ConcurrentHashMap.newKeySet();
    topic
        .partitions()
        .forEach(
            partition -> partitions.add(new TopicPartition(topic.name(), partition.partition())));
    return partitions;
  }

  private static long retentionMs(Config config) {
    ConfigEntry entry = config.get(TopicConfig.RETENTION_MS_CONFIG);
    return entry == null || entry.value() == null
        ? TopicRules.JOBS_RETENTION.toMillis()
        : Long.parseLong(entry.value());
  }

  private static <T> void whenDone(
      KafkaFuture<T> future, java.util.function.BiConsumer<@Nullable T, @Nullable Throwable> then) {
    future.toCompletionStage().whenComplete(then);
  }

  /** What goes wrong in a step, mostly that the client is closed, ends the round and no more. */
  private void all(List<CompletableFuture<?>> futures, Runnable then) {
    CompletableFuture.allOf(futures.toArray(CompletableFuture[]::new))
        .whenComplete((all, failure) -> {
          try {
            then.run();
          } catch (KafkaException | IllegalStateException e) {
            end("the next step", e);
          } catch (RuntimeException | Error e) {
            restNanos = part.crashed(e);
            busy = false;
          }
        });
  }

  private void end(String doing, @Nullable Throwable failure) {
    LOG.warn("Reply topics stay for now; {} failed: {}", doing, String.valueOf(failure));
    busy = false;
  }
}
