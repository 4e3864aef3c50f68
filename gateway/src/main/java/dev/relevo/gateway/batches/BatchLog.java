package dev.relevo.gateway.batches;

import dev.relevo.common.kafka.KafkaClients;
import dev.relevo.common.kafka.KafkaClients.FetchWait;
import dev.relevo.common.kafka.KafkaClients.Start;
import dev.relevo.common.kafka.ProducerProfile;
import dev.relevo.common.kafka.TopicLayout;
import dev.relevo.operator.TopicEnd;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/** Writes to {@code relevo.batches}. Thread-safe. */
final class BatchLog implements AutoCloseable {
  private static final Duration WRITE_BOUND = Duration.ofSeconds(40);
  private static final Duration CLOSE_BOUND = Duration.ofSeconds(5);

  private final KafkaClients clients;
  private final String topic;
  private final int partitions;
  private final Producer<String, byte[]> producer;

  BatchLog(KafkaClients clients, TopicLayout layout) {
    this.clients = clients;
    this.topic = layout.names().batches();
    this.producer = clients.producer(ProducerProfile.JOBS, "relevo-gateway-batches");
    this.partitions = countPartitions();
  }

  private int countPartitions() {
    try {
      return producer.partitionsFor(topic).size();
    } catch (RuntimeException e) {
      producer.close(Duration.ZERO);
      throw clients.problem(e, "looking at the topic " + topic);
    }
  }

  /** How many partitions the log has. */
  int partitions() {
    return partitions;
  }

  /** Where the records of a batch stand. All gateways compute it alike. */
  int partition(String batch) {
    return Math.floorMod(UUID.fromString(batch).hashCode(), partitions);
  }

  /**
   * Writes; returns the record's offset when Kafka has it. An end has a key that no other has: of
   * two the first counts, so compaction has to leave it where it is.
   *
   * @throws dev.relevo.common.kafka.KafkaProblem when Kafka does not take it
   */
  long append(String batch, BatchRecord record) {
    String key =
        record instanceof BatchRecord.Ended
            ? BatchCodec.keyOfEnd(batch, UUID.randomUUID().toString())
            : BatchCodec.key(batch, record.kind());
    return await(send(batch, key, BatchCodec.encode(record)));
  }

  /**
   * Forgets a batch: nothing of it is left after the next compaction.
   *
   * @param ends the keys of its ends
   */
  void forget(String batch, Collection<String> ends) {
    // Its making goes first: without it there is no batch to put the rest to. Were an end to go
    // before it, one that is forgotten by half would be run again after a compaction.
    List<Future<RecordMetadata>> sent =
        Stream.concat(
                BatchRecord.KINDS.stream().map(kind -> BatchCodec.key(batch, kind)), ends.stream())
            .map(key -> send(batch, key, null))
            .toList();
    sent.forEach(this::await);
  }

  /**
   * Where the next record about a batch will stand.
   *
   * @throws dev.relevo.common.kafka.KafkaProblem when Kafka does not tell
   */
  long end(String batch) {
    TopicPartition place = new TopicPartition(topic, partition(batch));
    try (Consumer<String, byte[]> asking =
        clients.assignedConsumer("relevo-batch-end-" + batch, FetchWait.CHANGING, Start.EARLIEST)) {
      return TopicEnd.of(asking, place).orElse(0L);
    } catch (KafkaException e) {
      throw clients.problem(e, "looking for the end of the topic " + topic);
    }
  }

  private Future<RecordMetadata> send(String batch, String key, byte @Nullable [] value) {
    try {
      return producer.send(new ProducerRecord<>(topic, partition(batch), key, value));
    } catch (RuntimeException e) {
      throw clients.problem(e, "writing the state of a batch");
    }
  }

  private long await(Future<RecordMetadata> sent) {
    try {
      return sent.get(WRITE_BOUND.toSeconds(), TimeUnit.SECONDS).offset();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw clients.problem(e, "writing the state of a batch");
    } catch (ExecutionException | TimeoutException e) {
      throw clients.problem(e, "writing the state of a batch");
    }
  }

  @Override
  public void close() {
    producer.close(CLOSE_BOUND);
  }
}
