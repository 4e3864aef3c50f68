package dev.relevo.operator;

import dev.relevo.common.kafka.KafkaClients;
import dev.relevo.common.kafka.KafkaClients.FetchWait;
import dev.relevo.common.kafka.KafkaClients.Start;
import dev.relevo.common.protocol.TopicNames;
import dev.relevo.common.supervision.Supervisor;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;

/**
 * Who is there, all the time: folds {@code relevo.heartbeats} for as long as it is open.
 *
 * <p>Threads: one of its own has the consumer and the fold, and puts a new snapshot out after beats
 * came, but not more often than every {@value #PUBLISH_MS} ms, and every {@value #IDLE_MS} ms where
 * none come, for silence says something, too. Everything public may be called from any thread and
 * waits for nobody, but for what is named {@code await}. A crash of its thread, such as a broker
 * that refuses, starts it again after a rest; meanwhile the last snapshot stands and {@link
 * #complaint} says why, as it does while Kafka does not answer. Memory is that of one snapshot for
 * each reader that holds one.
 */
public final class LiveFleet implements AutoCloseable {
  private static final long PUBLISH_MS = 20;
  private static final long IDLE_MS = 200;

  private static final Duration CALL_BOUND = Duration.ofSeconds(10);

  /** Where nobody is heard for so long, Kafka is asked whether it is there at all. */
  private static final Duration SILENCE = Duration.ofSeconds(3);

  /** How long it may take to say so; snapshots wait meanwhile. */
  private static final Duration PROBE_BOUND = Duration.ofSeconds(3);

  private static final Duration CLOSE_BOUND = Duration.ofSeconds(5);

  private final KafkaClients clients;
  private final TopicPartition beats;
  private final InstantSource clock;
  private final LiveThread thread;
  private final News<Fleet> news;
  private final Duration silence;

  /**
   * @param readers makes the consumer
   * @param silence {@link #SILENCE}
   */
  LiveFleet(
      KafkaClients clients,
      TopicNames topics,
      InstantSource clock,
      Supervisor parts,
      Supplier<Consumer<String, byte[]>> readers,
      Duration silence) {
    this.clients = clients;
    this.silence = silence;
    this.beats = new TopicPartition(topics.heartbeats(), 0);
    this.clock = clock;
    this.news = new News<>(new FleetFold().fleet(clock.millis()));
    this.thread =
        new LiveThread("relevo-live-fleet", "the heartbeats", parts, readers, this::follow);
  }

  /**
   * Begins to read.
   *
   * @param clock this machine's; it counts only where nobody beats at all
   * @param parts who starts the thread again when it crashes
   */
  public static LiveFleet open(
      KafkaClients clients, TopicNames topics, InstantSource clock, Supervisor parts) {
    LiveFleet fleet =
        new LiveFleet(
            clients,
            topics,
            clock,
            parts,
            () -> clients.assignedConsumer("relevo-live-fleet", FetchWait.STEADY, Start.EARLIEST),
            SILENCE);
    fleet.start();
    return fleet;
  }

  void start() {
    thread.start();
  }

  /** Who is there; nobody before it {@link #isReady}. */
  public Fleet now() {
    return news.now();
  }

  /** Whether it has read once all that stood there when it began. */
  public boolean isReady() {
    return thread.isReady();
  }

  /** Waits until it {@link #isReady}; false when that takes longer. */
  public boolean awaitReady(Duration atMost) throws InterruptedException {
    return thread.awaitReady(atMost);
  }

  /** Why it is not ready, or does not read on, in a sentence for people; empty when all is well. */
  public Optional<String> complaint() {
    return thread.complaint();
  }

  /**
   * Waits for a snapshot of which something is true, at once where it is.
   *
   * @return the first such one; empty when none came in time
   */
  public Optional<Fleet> await(Predicate<Fleet> wanted, Duration atMost)
      throws InterruptedException {
    return news.await(wanted, atMost);
  }

  @Override
  public void close() {
    thread.close(CLOSE_BOUND);
  }

  private void follow(Consumer<String, byte[]> consumer, LiveThread me) {
    try {
      List<TopicPartition> only = List.of(beats);
      long end =
          TopicEnd.of(consumer, beats)
              .orElseThrow(() -> MissingTopic.problem(clients, beats.topic()));
      consumer.assign(only);
      long begin = consumer.beginningOffsets(only, CALL_BOUND).getOrDefault(beats, 0L);
      consumer.seek(beats, Math.max(begin, end - FleetReader.MANY_BEATS));
      FleetFold fold = new FleetFold();
      while (!me.isClosing() && consumer.position(beats, CALL_BOUND) < end) {
        consumer.poll(Duration.ofMillis(IDLE_MS)).forEach(fold::take);
      }
      goOn(consumer, fold, me);
    } catch (KafkaException e) {
      throw me.isClosing() ? e : clients.problem(e, "reading the heartbeats");
    }
  }

  private void goOn(Consumer<String, byte[]> consumer, FleetFold fold, LiveThread me) {
    long publishedMs = clock.millis();
    news.put(fold.fleet(publishedMs));
    me.caughtUp();
    boolean behind = false;
    long heardNanos = System.nanoTime();
    while (!me.isClosing()) {
      long waitMs = behind ? PUBLISH_MS : IDLE_MS;
      ConsumerRecords<String, byte[]> records = consumer.poll(Duration.ofMillis(waitMs));
      records.forEach(fold::take);
      behind |= !records.isEmpty();
      if (!records.isEmpty()) {
        me.caughtUp();
        heardNanos = System.nanoTime();
      } else if (System.nanoTime() - heardNanos >= silence.toNanos()) {
        probe(consumer, me);
        heardNanos = System.nanoTime();
      }
      long nowMs = clock.millis();
      // A clock that is set back does not hold anything up for long: none of them beats for less.
      if (records.isEmpty() || Math.abs(nowMs - publishedMs) >= PUBLISH_MS) {
        news.put(fold.fleet(nowMs));
        publishedMs = nowMs;
        behind = false;
      }
    }
  }

  /** Silence may mean that nobody is there or that Kafka is not, and a consumer does not say. */
  private void probe(Consumer<String, byte[]> consumer, LiveThread me) {
    try {
      consumer.endOffsets(List.of(beats), PROBE_BOUND);
      me.caughtUp();
    } catch (TimeoutException e) {
      me.standsStill(clients.problem(e, "reading the heartbeats"));
    }
  }
}
