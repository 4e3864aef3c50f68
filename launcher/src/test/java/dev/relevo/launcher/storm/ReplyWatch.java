package dev.relevo.launcher.storm;

import dev.relevo.launcher.LiveAnswer;
import java.time.Duration;
import java.util.Collection;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.StringDeserializer;

/** Everybody who waits for an answer, in one thread: reads all reply places while it storms. */
final class ReplyWatch implements AutoCloseable {
  private static final Duration POLL = Duration.ofSeconds(1);

  private final KafkaConsumer<String, String> consumer;
  private final Map<String, LiveAnswer> answers = new ConcurrentHashMap<>();
  private final Map<TopicPartition, Long> positions = new ConcurrentHashMap<>();
  private final Thread thread;

  ReplyWatch(String bootstrap, Collection<TopicPartition> places) {
    consumer =
        new KafkaConsumer<>(
            Map.of("bootstrap.servers", bootstrap, "fetch.max.wait.ms", 50),
            new StringDeserializer(),
            new StringDeserializer());
    consumer.assign(places);
    consumer.seekToBeginning(places);
    thread = Thread.ofPlatform().daemon().name("replies").start(this::read);
  }

  private void read() {
    try (consumer) {
      while (true) {
        for (ConsumerRecord<String, String> record : consumer.poll(POLL)) {
          answer(record.topic(), record.key()).take(record, System.nanoTime());
          positions.put(
              new TopicPartition(record.topic(), record.partition()), record.offset() + 1);
        }
      }
    } catch (WakeupException e) {
      // It was told to stop.
    }
  }

  /** A job's answer in a topic, whether something of it is there or not. */
  LiveAnswer answer(String topic, String job) {
    return answers.computeIfAbsent(topic + " " + job, _ -> new LiveAnswer(job));
  }

  /** How far a partition was read: no record of a job that is submitted now stands before. */
  long position(TopicPartition place) {
    return positions.getOrDefault(place, 0L);
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
