package dev.relevo.bench;

import dev.relevo.common.kafka.KafkaClients;
import dev.relevo.common.kafka.ProducerProfile;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;

/**
 * The floor: three hops over raw Kafka, as a job makes them (to the dispatcher, to the node, to the
 * reader), with the same client settings and no logic. Nothing that goes through Kafka thrice can
 * be faster.
 */
final class RawHops implements Contender {
  private static final Duration POLL = Duration.ofMillis(200);
  private static final long TIMEOUT_SECONDS = 60;

  private final KafkaClients clients;
  private final String prefix;
  private final byte[] body;
  private final Producer<String, byte[]> producer;
  private final List<Consumer<String, byte[]>> consumers = new ArrayList<>();
  private final List<Producer<String, byte[]>> forwarders = new ArrayList<>();
  private final List<Thread> threads = new ArrayList<>();
  private final Map<String, Runnable> waiting = new ConcurrentHashMap<>();

  /**
   * @param prefix of the three topics, new for every run
   * @param body what every record carries
   */
  RawHops(KafkaClients clients, String prefix, byte[] body) throws InterruptedException {
    this.clients = clients;
    this.prefix = prefix;
    this.body = body.clone();
    try (Admin admin = clients.admin("bench-floor")) {
      List<NewTopic> topics = new ArrayList<>();
      for (int hop = 1; hop <= 3; hop++) {
        topics.add(new NewTopic(topic(hop), 1, (short) -1));
      }
      admin.createTopics(topics).all().get();
    } catch (ExecutionException e) {
      throw clients.problem(e, "creating the topics of the floor");
    }
    producer = clients.producer(ProducerProfile.JOBS, "bench-floor");
    forward(1, 2);
    forward(2, 3);
    consume(
        3,
        record -> {
          Runnable done = waiting.remove(record.key());
          if (done != null) {
            done.run();
          }
        });
  }

  @Override
  public String name() {
    return "three raw Kafka hops";
  }

  @Override
  public long firstAnswerNanos() throws InterruptedException {
    CountDownLatch arrived = new CountDownLatch(1);
    long startNanos = System.nanoTime();
    send(arrived::countDown);
    await(arrived);
    return System.nanoTime() - startNanos;
  }

  @Override
  public long manyNanos(int requests, int inFlight) throws InterruptedException {
    Semaphore room = new Semaphore(inFlight);
    CountDownLatch arrived = new CountDownLatch(requests);
    long startNanos = System.nanoTime();
    for (int i = 0; i < requests; i++) {
      room.acquire();
      send(() -> {
        room.release();
        arrived.countDown();
      });
    }
    await(arrived);
    return System.nanoTime() - startNanos;
  }

  private static void await(CountDownLatch arrived) throws InterruptedException {
    if (!arrived.await(TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
      throw new IllegalStateException(
          "the floor lost " + arrived.getCount() + " records within " + TIMEOUT_SECONDS + " s");
    }
  }

  private void send(Runnable done) {
    String key = UUID.randomUUID().toString();
    waiting.put(key, done);
    var _ = producer.send(new ProducerRecord<>(topic(1), 0, key, body));
  }

  private void forward(int from, int to) {
    Producer<String, byte[]> forwarder =
        clients.producer(ProducerProfile.ASSIGNMENTS, "bench-floor-" + from);
    forwarders.add(forwarder);
    consume(
        from,
        record -> {
          var _ = forwarder.send(new ProducerRecord<>(topic(to), 0, record.key(), record.value()));
        });
  }

  private void consume(
      int hop, java.util.function.Consumer<ConsumerRecord<String, byte[]>> action) {
    Consumer<String, byte[]> consumer =
        clients.assignedConsumer(
            "bench-floor-" + hop, KafkaClients.FetchWait.STEADY, KafkaClients.Start.EARLIEST);
    consumers.add(consumer);
    consumer.assign(List.of(new TopicPartition(topic(hop), 0)));
    threads.add(
        Thread.ofPlatform()
            .name("bench-floor-" + hop)
            .start(() -> {
              try (consumer) {
                while (true) {
                  consumer.poll(POLL).forEach(action);
                }
              } catch (WakeupException e) {
                // Closing.
                return;
              }
            }));
  }

  private String topic(int hop) {
    return prefix + ".hop" + hop;
  }

  @Override
  public void close() {
    consumers.forEach(Consumer::wakeup);
    try {
      for (Thread thread : threads) {
        thread.join(Duration.ofSeconds(5));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    producer.close();
    forwarders.forEach(Producer::close);
  }
}
