package dev.relevo.node.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.common.config.LimitSettings;
import dev.relevo.node.backend.LimitNews;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class RateLimitsTest {
  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

  @Test
  void withoutLimitsThereIsAlwaysRoom() {
    RateLimits limits = new RateLimits(LimitSettings.NONE);
    for (int i = 0; i < 10_000; i++) {
      limits.take(100_000, 0);
    }
    assertThat(limits.roomInNanos(10_000, 100_000, 0)).isZero();
  }

  @Test
  void callsAtOnceAreCounted() {
    RateLimits limits = new RateLimits(new LimitSettings(2, 0, 0));

    assertThat(limits.roomInNanos(1, 1, 0)).isZero();
    assertThat(limits.roomInNanos(2, 1, 0)).isEqualTo(RateLimits.SOON_NANOS);
  }

  @Test
  void callsInAMinuteComeBackOneByOne() {
    RateLimits limits = new RateLimits(new LimitSettings(0, 6, 0));
    for (int i = 0; i < 6; i++) {
      assertThat(limits.roomInNanos(0, 1, 0)).isZero();
      limits.take(1, 0);
    }

    assertThat(limits.roomInNanos(0, 1, 0)).isEqualTo(10 * SECOND);
    assertThat(limits.roomInNanos(0, 1, 4 * SECOND)).isEqualTo(6 * SECOND);
    assertThat(limits.roomInNanos(0, 1, 10 * SECOND)).isZero();
  }

  @Test
  void tokensAreCountedBeforeAndCorrectedAfter() {
    RateLimits limits = new RateLimits(new LimitSettings(0, 0, 600));
    limits.take(600, 0);
    assertThat(limits.roomInNanos(0, 100, 0)).isEqualTo(10 * SECOND);

    limits.correct(600, 100, 0);
    assertThat(limits.roomInNanos(0, 500, 0)).isZero();

    limits.take(500, 0);
    limits.correct(500, 700, 0);
    assertThat(limits.roomInNanos(0, 100, 0)).isEqualTo(30 * SECOND);
  }

  @Test
  void aJobThatIsLargerThanAMinuteAllowsGoesWhenNothingIsUsed() {
    RateLimits limits = new RateLimits(new LimitSettings(0, 0, 600));

    assertThat(limits.roomInNanos(0, 5_000, 0)).isZero();
    limits.take(5_000, 0);

    assertThat(limits.roomInNanos(0, 5_000, 0)).isEqualTo(60 * SECOND);
    limits.correct(5_000, 900, 0);
    assertThat(limits.roomInNanos(0, 5_000, 0)).isEqualTo(90 * SECOND);
  }

  @Test
  void whatAResponseSaysIsLeftCountsUntilItIsRenewed() {
    RateLimits limits = new RateLimits(LimitSettings.NONE);
    limits.told(new LimitNews(2L, 30_000L, 1_000L, 5_000L), 0);

    assertThat(limits.roomInNanos(0, 1_000, 0)).isZero();
    assertThat(limits.roomInNanos(0, 1_001, 0)).isEqualTo(5 * SECOND);
    limits.take(400, 0);
    limits.take(400, 0);
    assertThat(limits.roomInNanos(0, 1, 0)).isEqualTo(30 * SECOND);
    assertThat(limits.roomInNanos(0, 1, 30 * SECOND)).isZero();
  }

  @Test
  void nothingLeftWithoutATimeIsBelievedForAWhile() {
    RateLimits limits = new RateLimits(LimitSettings.NONE);
    limits.told(new LimitNews(0L, null, null, null), 0);

    assertThat(limits.roomInNanos(0, 1, 0)).isEqualTo(10 * SECOND);
  }

  @Test
  void aPauseThatAProviderAsksForIsKept() {
    RateLimits limits = new RateLimits(LimitSettings.NONE);
    limits.pause(7_000, SECOND);

    assertThat(limits.roomInNanos(0, 1, 2 * SECOND)).isEqualTo(6 * SECOND);
    assertThat(limits.roomInNanos(0, 1, 8 * SECOND)).isZero();
  }
}
