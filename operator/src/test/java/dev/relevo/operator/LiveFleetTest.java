package dev.relevo.operator;

import static dev.relevo.operator.Beats.backend;
import static dev.relevo.operator.Beats.beat;
import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.common.protocol.MessageCodec;
import dev.relevo.common.protocol.NodeBeat;
import dev.relevo.common.protocol.NodeBeat.Health;
import dev.relevo.common.supervision.Supervisor;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Collection;
import java.util.Map;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class LiveFleetTest extends OnKafka {
  private static final Duration LONG = Duration.ofSeconds(60);

  private LiveFleet open() {
    return LiveFleet.open(clients, names, InstantSource.system(), Supervisor.uncounted("The test"));
  }

  private void beats(NodeBeat.State state, String... models) {
    NodeBeat beat = beat("attic", state, backend("local", 1, Health.AVAILABLE, models));
    write(new ProducerRecord<>(names.heartbeats(), 0, "attic", MessageCodec.encode(beat)));
  }

  @Test
  void tellsOfWhatComesAndGoes() throws Exception {
    makeTopics();
    beats(NodeBeat.State.READY, "first");
    try (LiveFleet fleet = open()) {
      assertThat(fleet.awaitReady(LONG)).isTrue();
      assertThat(fleet.complaint()).isEmpty();
      assertThat(fleet.now().served("first")).as("it stood there before").isPresent();

      beats(NodeBeat.State.READY, "second");
      assertThat(fleet.await(now -> now.serves("second"), LONG)).isPresent();
      assertThat(fleet.now().serves("first")).isFalse();

      beats(NodeBeat.State.LEFT);
      assertThat(fleet.await(now -> now.live().isEmpty(), LONG)).isPresent();
      assertThat(fleet.await(now -> now.serves("third"), Duration.ofMillis(1))).isEmpty();
    }
  }

  @Test
  void saysWhyItIsNotReadyAndGoesOnOnceItCanBe() throws Exception {
    try (LiveFleet fleet = open()) {
      assertThat(fleet.complaint()).get().asString().contains("heartbeats");
      assertThat(fleet.isReady()).isFalse();
      assertThat(fleet.now().live()).isEmpty();
      assertThat(fleet.awaitReady(Duration.ofMillis(1))).isFalse();

      makeTopics();

      assertThat(fleet.awaitReady(LONG)).isTrue();
      assertThat(fleet.complaint()).isEmpty();
    }
  }

  /** Of a Kafka that can go away. */
  private static final class Flaky extends MockConsumer<String, byte[]> {
    volatile boolean away;

    Flaky(TopicPartition beats) {
      super("earliest");
      updateBeginningOffsets(Map.of(beats, 0L));
      updateEndOffsets(Map.of(beats, 0L));
    }

    @Override
    public synchronized Map<TopicPartition, Long> endOffsets(
        Collection<TopicPartition> partitions, Duration timeout) {
      if (away) {
        throw new TimeoutException("nobody answers");
      }
      return super.endOffsets(partitions, timeout);
    }
  }

  @Test
  void saysThatKafkaIsAwayAndThatItIsBack() throws Exception {
    Flaky consumer = new Flaky(new TopicPartition(names.heartbeats(), 0));
    try (LiveFleet fleet =
        new LiveFleet(
            clients,
            names,
            InstantSource.system(),
            Supervisor.uncounted("The test"),
            () -> consumer,
            Duration.ofMillis(20))) {
      fleet.start();
      assertThat(fleet.awaitReady(LONG)).isTrue();
      assertThat(fleet.complaint()).isEmpty();

      consumer.away = true;
      assertThat(fleet.await(now -> fleet.complaint().isPresent(), LONG)).isPresent();
      assertThat(fleet.complaint()).get().asString().contains("nobody answers");

      consumer.away = false;
      assertThat(fleet.await(now -> fleet.complaint().isEmpty(), LONG)).isPresent();
    }
  }
}
