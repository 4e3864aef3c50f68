package dev.relevo.operator;

import dev.relevo.common.kafka.KafkaClients;
import dev.relevo.common.kafka.KafkaClients.FetchWait;
import dev.relevo.common.kafka.KafkaClients.Start;
import dev.relevo.common.kafka.KafkaProblem;
import dev.relevo.common.protocol.BeatRecord;
import dev.relevo.common.protocol.MalformedRecordException;
import dev.relevo.common.protocol.MessageCodec;
import dev.relevo.common.protocol.NodeBeat;
import dev.relevo.common.protocol.TopicNames;
import dev.relevo.common.registry.RegisteredNode;
import dev.relevo.common.registry.Registry;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the heartbeats and folds them. The registry's clock is here the append time of the records,
 * so that old ones can be judged; that is the broker's clock, and this machine's only counts where
 * nobody beats at all.
 */
public final class FleetReader implements AutoCloseable {
  /**
   * Beats read by a quick look: a quarter of a minute of a small house, a sample of a large one.
   */
  public static final int FEW_BEATS = 100;

  /** Beats that tell of a large house as a whole. */
  public static final int MANY_BEATS = 20_000;

  private static final Logger LOG = LoggerFactory.getLogger(FleetReader.class);
  private static final Duration CALL_BOUND = Duration.ofSeconds(10);
  private static final Duration POLL = Duration.ofMillis(200);
  private static final long CLOCKS_DIFFER_MS = 10_000;
  private static final long LOST_SHOWN_MS = 60_000;

  private final KafkaClients clients;
  private final TopicPartition beats;
  private final InstantSource clock;
  private final Consumer<String, byte[]> consumer;
  private final Registry registry = new Registry(Registry.DEFAULT_MISSED_BEATS);
  private final Map<String, RegisteredNode> lost = new LinkedHashMap<>();
  private final Map<String, Long> dispatchers = new HashMap<>();
  private long newestMs;

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
      return fleet();
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
    return fleet();
  }

  @Override
  public void close() {
    // Without a goodbye: it would wait for the fetch under way.
    consumer.close(CloseOptions.timeout(Duration.ZERO));
  }

  private KafkaProblem missing() {
    return new KafkaProblem(
        KafkaProblem.Kind.NO_TOPIC,
        "Kafka at %s has no topic %s, so Relevo never ran there: start it with ./relevo up, or create the topics with ./relevo topics create."
            .formatted(clients.access().bootstrapServers(), beats.topic()),
        null);
  }

  private void take(Duration wait) {
    for (ConsumerRecord<String, byte[]> record : consumer.poll(wait)) {
      newestMs = Math.max(newestMs, record.timestamp());
      try {
        take(record, MessageCodec.decode(BeatRecord.class, record.value()));
      } catch (MalformedRecordException e) {
        // Somebody else's record says nothing of who is there.
        LOG.debug("Record {} of {} is no beat: {}", record.offset(), beats, e.getMessage());
      }
    }
  }

  private void take(ConsumerRecord<String, byte[]> record, BeatRecord beat) {
    switch (beat) {
      case NodeBeat node -> {
        long nanos = TimeUnit.MILLISECONDS.toNanos(record.timestamp());
        expire(nanos);
        registry.apply(node, record.offset(), nanos);
        lost.remove(node.node());
      }
      case BeatRecord.DispatcherBeat dispatcher ->
          dispatchers.put(dispatcher.dispatcher(), record.timestamp());
    }
  }

  private void expire(long nowNanos) {
    registry.expire(nowNanos, false).forEach(node -> lost.put(node.id(), node));
  }

  private Fleet fleet() {
    long hereMs = clock.millis();
    long nowMs = hereMs - newestMs > CLOCKS_DIFFER_MS ? hereMs : newestMs;
    long nowNanos = TimeUnit.MILLISECONDS.toNanos(nowMs);
    expire(nowNanos);
    long shownNanos = TimeUnit.MILLISECONDS.toNanos(LOST_SHOWN_MS);
    lost.values().removeIf(node -> nowNanos - node.readNanos() > shownNanos);
    return new Fleet(registry.list(), List.copyOf(lost.values()), dispatchers, nowMs);
  }
}
