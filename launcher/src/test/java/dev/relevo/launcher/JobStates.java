package dev.relevo.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What dispatchers have written down of jobs, as anybody can read it. */
final class JobStates {
  private static final Duration POLL = Duration.ofMillis(200);
  private static final Duration PATIENCE = Duration.ofMinutes(1);

  private JobStates() {}

  /** Waits until state says of each job that it succeeded, and looks for dead letters. */
  static void assertSucceeded(String bootstrap, Collection<LiveAnswer> answers) {
    Map<String, String> statuses = new HashMap<>();
    long untilNanos = System.nanoTime() + PATIENCE.toNanos();
    try (KafkaConsumer<String, String> consumer =
        new KafkaConsumer<>(
            Map.of("bootstrap.servers", bootstrap),
            new StringDeserializer(),
            new StringDeserializer())) {
      List<TopicPartition> states = partitions("relevo.state");
      consumer.assign(states);
      consumer.seekToBeginning(states);
      while (!answers.stream().allMatch(job -> "SUCCEEDED".equals(statuses.get(job.job())))) {
        assertThat(System.nanoTime()).as(statuses.toString()).isLessThan(untilNanos);
        for (ConsumerRecord<String, String> record : consumer.poll(POLL)) {
          take(record, statuses);
        }
      }
      assertThat(consumer.endOffsets(partitions("relevo.dead")).values()).containsOnly(0L);
    }
  }

  private static void take(ConsumerRecord<String, String> record, Map<String, String> statuses) {
    if (record.value() == null) {
      statuses.remove(record.key());
      return;
    }
    JsonNode state = JsonMapper.shared().readTree(record.value());
    if (state.path("type").asString().equals("job")) {
      String before = statuses.put(record.key(), state.path("status").asString());
      assertThat(before).as("%s ended twice: %s", record.key(), state).isNotEqualTo("SUCCEEDED");
    }
  }

  private static List<TopicPartition> partitions(String topic) {
    return IntStream.range(0, JobFeed.HOMES)
        .mapToObj(home -> new TopicPartition(topic, home))
        .toList();
  }
}
