package dev.relevo.operator;

import dev.relevo.common.kafka.KafkaClients;
import dev.relevo.common.kafka.KafkaProblem;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;

/**
 * Reads stretches of a topic's partitions, one partition at a time, up to where they ended when it
 * was made. Used by one thread.
 */
final class TopicScan implements AutoCloseable {
  private static final Duration CALL_BOUND = Duration.ofSeconds(10);
  private static final Duration POLL = Duration.ofMillis(500);
  private static final int MOST_EMPTY_POLLS = 60;

  private final KafkaClients clients;
  private final String topic;
  private final Consumer<String, byte[]> consumer;
  private final Map<TopicPartition, Long> ends;

  /**
   * @param client what Kafka calls us
   * @throws KafkaProblem when Kafka does not answer, or there is no such topic
   */
  TopicScan(KafkaClients clients, String topic, String client) {
    this.clients = clients;
    this.topic = topic;
    this.consumer = clients.scanConsumer(client);
    this.ends = findEnds();
  }

  /** The partitions in order, with their ends. */
  Map<TopicPartition, Long> ends() {
    return Collections.unmodifiableMap(ends);
  }

  /** Turns to a partition; returns where it begins. */
  long turnTo(TopicPartition partition) {
    consumer.assign(List.of(partition));
    return consumer.beginningOffsets(List.of(partition), CALL_BOUND).getOrDefault(partition, 0L);
  }

  /**
   * Reads a stretch of the partition that it has turned to.
   *
   * @param taker says whether to go on
   * @return false when the taker did not want to go on
   * @throws TimeoutException when nothing comes
   */
  boolean read(
      TopicPartition partition,
      long from,
      long to,
      Predicate<ConsumerRecord<String, byte[]>> taker) {
    return readMany(partition, from, to, records -> records.stream().allMatch(taker));
  }

  /** The same, with as many records at a time as one poll brought; none is possible. */
  boolean readMany(
      TopicPartition partition,
      long from,
      long to,
      Predicate<List<ConsumerRecord<String, byte[]>>> taker) {
    consumer.seek(partition, from);
    int emptyPolls = 0;
    while (consumer.position(partition, CALL_BOUND) < to) {
      ConsumerRecords<String, byte[]> records = consumer.poll(POLL);
      emptyPolls = records.isEmpty() ? emptyPolls + 1 : 0;
      if (emptyPolls > MOST_EMPTY_POLLS) {
        throw new TimeoutException("nothing came from " + partition + " before offset " + to);
      }
      if (!taker.test(before(to, records.records(partition)))) {
        return false;
      }
    }
    return true;
  }

  private static List<ConsumerRecord<String, byte[]>> before(
      long to, List<ConsumerRecord<String, byte[]>> records) {
    return records.isEmpty() || records.getLast().offset() < to
        ? records
        : records.stream().filter(record -> record.offset() < to).toList();
  }

  /** Goes on reading all partitions behind their ends. */
  void followFromEnds() {
    consumer.assign(ends.keySet());
    ends.forEach(consumer::seek);
  }

  /** What has come since, after {@link #followFromEnds}. */
  ConsumerRecords<String, byte[]> next(Duration wait) {
    return consumer.poll(wait);
  }

  @Override
  public void close() {
    // Without a goodbye: it would wait for the fetch under way.
    consumer.close(CloseOptions.timeout(Duration.ZERO));
  }

  private Map<TopicPartition, Long> findEnds() {
    try {
      if (TopicEnd.of(consumer, new TopicPartition(topic, 0)).isEmpty()) {
        throw missing();
      }
      List<TopicPartition> partitions =
          consumer.partitionsFor(topic, CALL_BOUND).stream()
              .map(info -> new TopicPartition(topic, info.partition()))
              .toList();
      Map<TopicPartition, Long> inOrder =
          new TreeMap<>((a, b) -> Integer.compare(a.partition(), b.partition()));
      inOrder.putAll(consumer.endOffsets(partitions, CALL_BOUND));
      return inOrder;
    } catch (KafkaProblem e) {
      close();
      throw e;
    } catch (KafkaException e) {
      close();
      throw clients.problem(e, "looking for the topic " + topic);
    }
  }

  private KafkaProblem missing() {
    return MissingTopic.problem(clients, topic);
  }
}
