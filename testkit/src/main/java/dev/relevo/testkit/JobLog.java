package dev.relevo.testkit;

import dev.relevo.common.kafka.KafkaClients;
import dev.relevo.common.kafka.KafkaClients.FetchWait;
import dev.relevo.common.kafka.KafkaClients.Start;
import dev.relevo.common.protocol.HeaderNames;
import dev.relevo.common.protocol.Lane;
import dev.relevo.common.protocol.TopicNames;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;

/**
 * What stands in the lanes and among the dead letters, read as far as it goes whenever somebody
 * asks: what a producer's send has been acknowledged for is always there. Thread-safe.
 */
final class JobLog implements AutoCloseable {
  /** How long one look may take. */
  private static final Duration LOOK = Duration.ofSeconds(20);

  private static final Duration POLL = Duration.ofMillis(50);

  private final TopicNames names;
  private final Consumer<String, byte[]> consumer;
  private final Set<TopicPartition> partitions;
  private final List<AskedJob> jobs = new ArrayList<>();
  private final List<String> dead = new ArrayList<>();

  JobLog(KafkaClients clients, TopicNames names, int jobsPartitions) {
    this.names = names;
    this.consumer =
        clients.assignedConsumer("relevo-testkit-log", FetchWait.CHANGING, Start.EARLIEST);
    this.partitions = partitions(names, jobsPartitions);
    consumer.assign(partitions);
  }

  private static Set<TopicPartition> partitions(TopicNames names, int count) {
    Set<TopicPartition> all = new LinkedHashSet<>();
    for (String topic : List.of(names.jobs(), names.batchJobs(), names.dead())) {
      for (int partition = 0; partition < count; partition++) {
        all.add(new TopicPartition(topic, partition));
      }
    }
    return all;
  }

  /**
   * Where the log ends now.
   *
   * @param jobs how many jobs it has
   * @param dead how many dead letters
   */
  record Mark(int jobs, int dead) {
    static final Mark START = new Mark(0, 0);
  }

  synchronized Mark mark() {
    read();
    return new Mark(jobs.size(), dead.size());
  }

  /** All jobs after a mark, in the order they were read. */
  synchronized List<AskedJob> jobs(Mark from) {
    read();
    return List.copyOf(jobs.subList(from.jobs(), jobs.size()));
  }

  /** All dead letters after a mark, as their JSON. */
  synchronized List<String> dead(Mark from) {
    read();
    return List.copyOf(dead.subList(from.dead(), dead.size()));
  }

  /** Waits a moment for more. */
  synchronized void awaitMore() {
    consumer.poll(POLL).forEach(this::take);
  }

  @Override
  public synchronized void close() {
    consumer.close();
  }

  private void read() {
    Map<TopicPartition, Long> ends = consumer.endOffsets(partitions, LOOK);
    long endNanos = System.nanoTime() + LOOK.toNanos();
    while (isBehind(ends)) {
      if (System.nanoTime() > endNanos) {
        throw new IllegalStateException(
            "The jobs in Kafka could not be read within %d s".formatted(LOOK.toSeconds()));
      }
      consumer.poll(POLL).forEach(this::take);
    }
  }

  private boolean isBehind(Map<TopicPartition, Long> ends) {
    return ends.entrySet().stream()
        .anyMatch(end -> consumer.position(end.getKey()) < end.getValue());
  }

  private void take(ConsumerRecord<String, byte[]> record) {
    if (!record.topic().equals(names.dead())) {
      Lane lane = record.topic().equals(names.jobs()) ? Lane.JOBS : Lane.BATCH;
      jobs.add(new AskedJob(lane, record));
      return;
    }
    Header letter = record.headers().lastHeader(HeaderNames.DEAD);
    if (letter != null) {
      dead.add(new String(Objects.requireNonNull(letter.value()), StandardCharsets.UTF_8));
    }
  }
}
