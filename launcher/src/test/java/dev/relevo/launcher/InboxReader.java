package dev.relevo.launcher;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.StringDeserializer;

/**
 * A reader that is not ours, of one inbox with many answers: Kafka's own consumer on a thread of
 * its own, so that it is known when a piece came.
 */
final class InboxReader implements AutoCloseable {
  private static final Duration POLL = Duration.ofSeconds(1);

  private final String topic;
  private final KafkaConsumer<String, String> consumer;
  private final Map<String, LiveAnswer> answers = new ConcurrentHashMap<>();
  private final Thread thread;

  /** Makes the inbox and begins to read it. */
  InboxReader(String bootstrap, String topic) throws Exception {
    this.topic = topic;
    Map<String, Object> kafka = Map.of("bootstrap.servers", bootstrap, "fetch.max.wait.ms", 50);
    try (Admin admin = Admin.create(kafka)) {
      admin.createTopics(List.of(new NewTopic(topic, 1, (short) 1))).all().get();
    }
    this.consumer = new KafkaConsumer<>(kafka, new StringDeserializer(), new StringDeserializer());
    TopicPartition partition = new TopicPartition(topic, 0);
    consumer.assign(List.of(partition));
    consumer.seekToBeginning(List.of(partition));
    this.thread = Thread.ofPlatform().daemon().name("inbox").start(this::read);
  }

  private void read() {
    try (consumer) {
      while (true) {
        for (ConsumerRecord<String, String> record : consumer.poll(POLL)) {
          answer(record.key()).take(record, System.nanoTime());
        }
      }
    } catch (WakeupException e) {
      answers.clear();
    }
  }

  /** The answer to a job, whether something of it is there or not. */
  LiveAnswer answer(String job) {
    return answers.computeIfAbsent(job, LiveAnswer::new);
  }

  String topic() {
    return topic;
  }

  @Override
  public void close() {
    consumer.wakeup();
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
