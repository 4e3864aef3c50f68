package dev.relevo.operator;

import dev.relevo.common.kafka.KafkaClients;
import dev.relevo.common.kafka.KafkaClients.FetchWait;
import dev.relevo.common.kafka.KafkaClients.Start;
import dev.relevo.common.kafka.KafkaProblem;
import dev.relevo.common.protocol.TopicNames;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;

/**
 * Reads the heartbeats and folds them. Used by one thread; one that goes on is {@link LiveFleet}.
 */
public final class FleetReader implements AutoCloseable {
  /**
   * Beats read by a quick look: a quarter of a minute of a small house, a sample of a large one.
   */
  public static final int FEW_BEATS = 100;

  /** Beats that tell of a large house as a whole. */
  public static final int MANY_BEATS = 20_000;

  private static final Duration CALL_BOUND = Duration.ofSeconds(10);
  private static final Duration POLL = Duration.ofMillis(200);

  private final KafkaClients clients;
  private final TopicPartition beats;
  private final InstantSource clock;
  private final Consumer<String, byte[]> consumer;
  private final FleetFold fold = new FleetFold();

  /**
   * Reads nothing yet.
   *
   * @param clock this machine's
   */
  public FleetReader(KafkaClients clients, TopicNames topics, InstantSource clock) {
    this.clients = clients;
    this.beats = new TopicPartition(topics.heartbeats(), 0);
    this.clock = clock;
    this.consumer = clients.assignedConsumer("relevo-tool-beats", FetchWait.STEADY, Start.EARLIEST);
  }

  /**
   * Reads what stands there now.
   *
   * @param mostBeats the newest so many beats
   * @throws KafkaProblem when Kafka does not answer, or there are no such topics
   */
  public Fleet read(int mostBeats) {
    try {
      List<TopicPartition> only = List.of(beats);
      long end = TopicEnd.of(consumer, beats).orElseThrow(this::missing);
      consumer.assign(only);
      long begin = consumer.beginningOffsets(only, CALL_BOUND).getOrDefault(beats, 0L);
      consumer.seek(beats, Math.max(begin, end - mostBeats));
      long givenUpMs = clock.millis() + CALL_BOUND.toMillis();
      while (consumer.position(beats, CALL_BOUND) < end && clock.millis() < givenUpMs) {
        take(POLL);
      }
      return fold.fleet(clock.millis());
    } catch (KafkaException e) {
      throw clients.problem(e, "reading the heartbeats");
    }
  }

  /** Reads what comes within a time, after {@link #read}. */
  public Fleet next(Duration wait) {
    long untilMs = clock.millis() + wait.toMillis();
    for (long leftMs = wait.toMillis(); leftMs > 0; leftMs = untilMs - clock.millis()) {
      take(Duration.ofMillis(leftMs));
    }
    return fold.fleet(clock.millis());
  }

  @Override
  public void close() {
    // Without a goodbye: it would wait for the fetch under way.
    consumer.close(CloseOptions.timeout(Duration.ZERO));
  }

  private KafkaProblem missing() {
    return MissingTopic.problem(clients, beats.topic());
  }

  private void take(Duration wait) {
    consumer.poll(wait).forEach(fold::take);
  }
}
