package dev.relevo.node.core;

import static dev.relevo.common.protocol.NodeBeat.Health.AVAILABLE;
import static dev.relevo.common.protocol.NodeBeat.Health.BUSY;
import static dev.relevo.common.protocol.NodeBeat.Health.UNAVAILABLE;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class CheckPaceTest {
  private final CheckPace pace = new CheckPace(Duration.ofSeconds(30));

  @Test
  void isTheIntervalWhileAllIsWell() {
    assertThat(pace.afterMs(AVAILABLE)).isEqualTo(30_000);
    assertThat(pace.afterMs(AVAILABLE)).isEqualTo(30_000);
  }

  @Test
  void slowsDownWhileItIsDownAndBeginsAnewAfterwards() {
    long[] pauses = new long[7];
    for (int i = 0; i < pauses.length; i++) {
      pauses[i] = pace.afterMs(UNAVAILABLE);
    }
    assertThat(pauses).containsExactly(1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000);

    pace.restart();
    assertThat(pace.afterMs(UNAVAILABLE)).isEqualTo(1_000);
    pace.afterMs(AVAILABLE);
    assertThat(pace.afterMs(UNAVAILABLE)).isEqualTo(1_000);
  }

  @Test
  void looksOftenAtOneThatIsFull() {
    assertThat(pace.afterMs(BUSY)).isEqualTo(2_000);
  }

  @Test
  void isNeverLongerThanTheInterval() {
    CheckPace quick = new CheckPace(Duration.ofMillis(200));
    assertThat(quick.afterMs(UNAVAILABLE)).isEqualTo(200);
    assertThat(quick.afterMs(BUSY)).isEqualTo(200);
    assertThat(quick.leastGapMs()).isEqualTo(200);
    for (int i = 0; i < 100; i++) {
      assertThat(pace.afterMs(UNAVAILABLE)).isBetween(1_000L, 30_000L);
    }
  }
}
