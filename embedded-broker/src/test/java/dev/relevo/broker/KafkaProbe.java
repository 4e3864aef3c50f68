package dev.relevo.broker;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** Does to a broker what a user of it does, with Kafka's own clients. */
final class KafkaProbe {

  private static final int MAX_REQUEST_BYTES = 9 * 1024 * 1024;
  private static final Duration POLL = Duration.ofMillis(200);
  private static final int MAX_POLLS = 100;
  private static final long TIMEOUT_SECONDS = 20;

  private final String bootstrapServers;

  KafkaProbe(String bootstrapServers) {
    this.bootstrapServers = bootstrapServers;
  }

  void createTopic(String topic) throws Exception {
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrapServers))) {
      admin
          .createTopics(List.of(new NewTopic(topic, 1, (short) 1)))
          .all()
          .get(TIMEOUT_SECONDS, TimeUnit.SECONDS);
    }
  }

  void send(String topic, byte[] value) throws Exception {
    Map<String, Object> settings =
        Map.of(
            "bootstrap.servers",
            bootstrapServers,
            "max.request.size",
            MAX_REQUEST_BYTES,
            "max.block.ms",
            2_000,
            "linger.ms",
            0);
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer())) {
      producer.send(new ProducerRecord<>(topic, value)).get(TIMEOUT_SECONDS, TimeUnit.SECONDS);
    }
  }

  /** Reads as a member of a group, from where the group stands, and commits what it read. */
  List<byte[]> readAndCommit(String topic, String group, int count) {
    Map<String, Object> settings =
        Map.of(
            "bootstrap.servers", bootstrapServers,
            "group.id", group,
            "auto.offset.reset", "earliest",
            "enable.auto.commit", false,
            "max.poll.records", count);
    List<byte[]> values = new ArrayList<>();
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      consumer.subscribe(List.of(topic));
      for (int poll = 0; poll < MAX_POLLS && values.size() < count; poll++) {
        for (ConsumerRecord<byte[], byte[]> read : consumer.poll(POLL)) {
          values.add(read.value());
        }
      }
      consumer.commitSync();
    }
    return values;
  }
}
