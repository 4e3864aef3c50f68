package dev.relevo.dispatcher.kafka;

import dev.relevo.common.kafka.KafkaClients;
import dev.relevo.common.protocol.HeaderNames;
import dev.relevo.common.protocol.MalformedRecordException;
import dev.relevo.common.protocol.MessageCodec;
import dev.relevo.common.protocol.StateRecord;
import dev.relevo.common.protocol.TopicNames;
import dev.relevo.dispatcher.core.StateGuard;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads stretches of the state topic: all of it at take-over, somebody else's records later. */
final class StateReader implements AutoCloseable {
  private static final Duration POLL = Duration.ofMillis(500);
  private static final Logger LOG = LoggerFactory.getLogger(StateReader.class);

  private final Consumer<String, byte[]> consumer;
  private final TopicNames topics;

  StateReader(KafkaClients clients, TopicNames topics, String id) {
    this.topics = topics;
    this.consumer =
        clients.assignedConsumer(
            id + "-state", KafkaClients.FetchWait.CHANGING, KafkaClients.Start.EARLIEST);
  }

  /** Takes what is read. */
  interface Sink {
    void take(int home, long offset, long epoch, String key, @Nullable StateRecord record);
  }

  /** Reads homes from the first record there is to the end that they have now. */
  void readAll(Iterable<Integer> homes, Sink sink) {
    List<TopicPartition> partitions = new ArrayList<>();
    homes.forEach(home -> partitions.add(partition(home)));
    consumer.assign(partitions);
    consumer.seekToBeginning(partitions);
    read(new HashMap<>(consumer.endOffsets(partitions)), sink);
  }

  void read(StateGuard.Gap gap, Sink sink) {
    TopicPartition partition = partition(gap.home());
    consumer.assign(List.of(partition));
    consumer.seek(partition, gap.from());
    read(new HashMap<>(Map.of(partition, gap.to())), sink);
  }

  /**
   * Where partitions of any topic begin. Asked here and not of the consumer that reads all data,
   * where the answer waits behind a fetch that waits for news.
   */
  Map<TopicPartition, Long> starts(Collection<TopicPartition> partitions) {
    return consumer.beginningOffsets(partitions);
  }

  /** Where partitions of any topic end. */
  Map<TopicPartition, Long> ends(Collection<TopicPartition> partitions) {
    return consumer.endOffsets(partitions);
  }

  Map<Integer, Long> stateEnds(Iterable<Integer> homes) {
    List<TopicPartition> partitions = new ArrayList<>();
    homes.forEach(home -> partitions.add(partition(home)));
    Map<Integer, Long> ends = new HashMap<>();
    consumer.endOffsets(partitions).forEach((at, end) -> ends.put(at.partition(), end));
    return ends;
  }

  /** To the end by position, not by the last record's offset: compaction leaves holes. */
  private void read(Map<TopicPartition, Long> ends, Sink sink) {
    while (true) {
      ends.entrySet().removeIf(end -> consumer.position(end.getKey()) >= end.getValue());
      if (ends.isEmpty()) {
        return;
      }
      for (ConsumerRecord<String, byte[]> record : consumer.poll(POLL)) {
        Long end = ends.get(new TopicPartition(record.topic(), record.partition()));
        if (record.key() != null && end != null && record.offset() < end) {
          take(record, sink);
        }
      }
    }
  }

  private static void take(ConsumerRecord<String, byte[]> record, Sink sink) {
    try {
      StateRecord state =
          record.value() == null ? null : MessageCodec.decode(StateRecord.class, record.value());
      sink.take(record.partition(), record.offset(), epoch(record.headers()), record.key(), state);
    } catch (MalformedRecordException e) {
      LOG.warn(
          "State of home {} holds an unreadable record at offset {} (key {}): {}. It is ignored.",
          record.partition(),
          record.offset(),
          record.key(),
          e.getMessage());
    }
  }

  private static long epoch(Headers headers) {
    Header header = headers.lastHeader(HeaderNames.EPOCH);
    if (header == null || header.value() == null) {
      return -1;
    }
    try {
      return Long.parseLong(new String(header.value(), StandardCharsets.UTF_8));
    } catch (NumberFormatException e) {
      throw new MalformedRecordException("header " + HeaderNames.EPOCH + " is no number", e);
    }
  }

  private TopicPartition partition(int home) {
    return new TopicPartition(topics.state(), home);
  }

  @Override
  public void close() {
    consumer.close();
  }
}
