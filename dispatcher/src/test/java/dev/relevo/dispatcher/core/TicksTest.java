package dev.relevo.dispatcher.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.common.protocol.JobStatus;
import org.junit.jupiter.api.Test;

class TicksTest {
  private static final long MS = 1_000_000;
  private static final long FAR = Long.MAX_VALUE;

  /** On the clock of {@code System.nanoTime}, which may be below zero. */
  private static final long START = -90 * MS;

  private final Ticks ticks = new Ticks();

  @Test
  void theFirstIsDueAtOnce() {
    assertThat(ticks.isDue(START)).isTrue();
  }

  @Test
  void usuallyTheNextIsDueAfterThePeriod() {
    ticks.made(START, FAR);

    assertThat(ticks.untilNextNanos(START)).isEqualTo(Ticks.PERIOD_NANOS);
    assertThat(ticks.isDue(START + Ticks.PERIOD_NANOS - 1)).isFalse();
    assertThat(ticks.isDue(START + Ticks.PERIOD_NANOS)).isTrue();
  }

  @Test
  void itIsDueWhenANodesPatienceEnds() {
    ticks.made(START, 7 * MS);

    assertThat(ticks.isDue(START + 6 * MS)).isFalse();
    assertThat(ticks.isDue(START + 7 * MS)).isTrue();
  }

  @Test
  void theLoopNeverSpins() {
    ticks.made(START, -5);

    assertThat(ticks.untilNextNanos(START)).isEqualTo(Ticks.SHORTEST_NANOS);
  }

  @Test
  void aSilentNodeIsGivenUpAtTheMomentThatIsTold() {
    House house = new House();
    assertThat(house.core.untilLossNanos(house.now())).isEqualTo(FAR);
    house.node("n1", "m");

    assertThat(house.core.untilLossNanos(house.now())).isEqualTo(3_000 * MS);
    house.pass(2_999);
    assertThat(house.core.gauges().readyNodes()).isEqualTo(1);
    house.pass(1);

    assertThat(house.core.gauges().readyNodes()).isZero();
    assertThat(house.core.untilLossNanos(house.now())).isEqualTo(FAR);
  }

  @Test
  void aDeafNodeIsGivenUpAtTheMomentThatIsTold() {
    House house = new House();
    house.node("n1", "m");
    String running = house.job(House.asking("m"));
    house.beatsAgain("n1", house.lastAssign().assignment().fence());
    house.accepted(running, house.lastAssign());
    house.pass(500, "n1");
    house.job(House.asking("m"));
    house.pass(500, "n1");

    assertThat(house.core.untilLossNanos(house.now())).isEqualTo(2_500 * MS);
    house.pass(2_499, "n1");
    assertThat(house.status(running)).isEqualTo(JobStatus.ASSIGNED);
    house.pass(1, "n1");

    assertThat(house.status(running)).isEqualTo(JobStatus.QUEUED);
    assertThat(house.core.untilLossNanos(house.now())).isEqualTo(3_000 * MS);
  }
}
