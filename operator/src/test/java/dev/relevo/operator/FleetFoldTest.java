package dev.relevo.operator;

import static dev.relevo.operator.Beats.backend;
import static dev.relevo.operator.Beats.beat;
import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.common.protocol.BeatRecord;
import dev.relevo.common.protocol.MessageCodec;
import dev.relevo.common.protocol.NodeBeat;
import dev.relevo.common.protocol.NodeBeat.Health;
import dev.relevo.common.registry.RegisteredNode;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.junit.jupiter.api.Test;

class FleetFoldTest {
  private static final long NOW_MS = 1_767_225_640_000L;

  private final FleetFold fold = new FleetFold();
  private long offset;

  private void read(long atMs, byte[] value) {
    fold.take(
        new ConsumerRecord<>(
            "t",
            0,
            offset++,
            atMs,
            TimestampType.LOG_APPEND_TIME,
            0,
            value.length,
            "k",
            value,
            new RecordHeaders(),
            Optional.empty()));
  }

  private void read(long atMs, BeatRecord beat) {
    read(atMs, MessageCodec.encode(beat));
  }

  private static NodeBeat attic() {
    return beat("attic", NodeBeat.State.READY, backend("local", 1, Health.AVAILABLE, "m"));
  }

  @Test
  void whoIsSilentWhileOthersBeatIsLostAndForgottenLater() {
    read(NOW_MS, attic());
    assertThat(fold.fleet(NOW_MS).serves("m")).isTrue();

    read(NOW_MS + 5_000, new BeatRecord.DispatcherBeat("d", 1_000));

    Fleet after = fold.fleet(NOW_MS + 5_000);
    assertThat(after.live()).isEmpty();
    assertThat(after.lost()).extracting(RegisteredNode::id).containsExactly("attic");
    assertThat(after.liveDispatchers()).containsExactly("d");
    assertThat(fold.fleet(NOW_MS + 90_000).lost()).isEmpty();
  }

  @Test
  void aShortSilenceOfAllSaysNothingAndALongOneDoes() {
    read(NOW_MS, attic());

    assertThat(fold.fleet(NOW_MS + 9_000).live()).as("it may be the broker").hasSize(1);
    assertThat(fold.fleet(NOW_MS + 11_000).live()).isEmpty();
  }

  @Test
  void scribbleIsPassedOver() {
    read(NOW_MS, attic());
    read(NOW_MS, new byte[] {1});

    assertThat(fold.fleet(NOW_MS).live()).hasSize(1);
  }
}
