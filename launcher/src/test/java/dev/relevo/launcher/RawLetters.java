package dev.relevo.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Dead letters read with Kafka's own consumer, byte for byte. */
final class RawLetters {
  private RawLetters() {}

  /** What the letter says of itself. */
  static JsonNode why(ConsumerRecord<String, byte[]> record) {
    return JsonMapper.shared().readTree(record.headers().lastHeader("relevo-dead").value());
  }

  /** The dead letters of partition 0 by key, once there are as many. */
  static Map<String, ConsumerRecord<String, byte[]>> of(String bootstrap, int count) {
    Map<String, ConsumerRecord<String, byte[]>> letters = new LinkedHashMap<>();
    Map<String, Object> kafka =
        Map.of("bootstrap.servers", bootstrap, "max.partition.fetch.bytes", 16 << 20);
    long untilNanos = System.nanoTime() + Duration.ofMinutes(2).toNanos();
    try (KafkaConsumer<String, byte[]> consumer =
        new KafkaConsumer<>(kafka, new StringDeserializer(), new ByteArrayDeserializer())) {
      TopicPartition place = new TopicPartition("relevo.dead", 0);
      consumer.assign(List.of(place));
      consumer.seekToBeginning(List.of(place));
      while (letters.size() < count && System.nanoTime() < untilNanos) {
        for (ConsumerRecord<String, byte[]> record : consumer.poll(Duration.ofMillis(200))) {
          if (record.key() != null && record.headers().lastHeader("relevo-dead") != null) {
            letters.put(record.key(), record);
          }
        }
      }
    }
    assertThat(letters).hasSize(count);
    return letters;
  }
}
