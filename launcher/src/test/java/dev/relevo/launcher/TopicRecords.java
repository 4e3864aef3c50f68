package dev.relevo.launcher;

import dev.relevo.common.kafka.KafkaClients;
import dev.relevo.common.kafka.KafkaClients.FetchWait;
import dev.relevo.common.kafka.KafkaClients.Start;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;

/** Reads topics as a whole. */
final class TopicRecords {
  private static final Duration POLL = Duration.ofMillis(100);

  private TopicRecords() {}

  /** All that stands in a topic when this is asked, in the order of the partitions. */
  static List<ConsumerRecord<String, byte[]>> all(KafkaClients clients, String topic) {
    List<ConsumerRecord<String, byte[]>> all = new ArrayList<>();
    try (Consumer<String, byte[]> consumer =
        clients.assignedConsumer("test-reader", FetchWait.CHANGING, Start.EARLIEST)) {
      List<TopicPartition> partitions =
          consumer.partitionsFor(topic).stream()
              .map(info -> new TopicPartition(topic, info.partition()))
              .toList();
      Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
      for (TopicPartition partition : partitions) {
        consumer.assign(List.of(partition));
        consumer.seekToBeginning(List.of(partition));
        while (consumer.position(partition) < ends.get(partition)) {
          consumer.poll(POLL).forEach(all::add);
        }
      }
    }
    return all;
  }
}
