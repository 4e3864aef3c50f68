package dev.relevo.dispatcher.core;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SharesTest {
  private final Shares shares = new Shares();

  @Test
  void aTurnIsShorterTheMoreATenantWeighs() {
    shares.take("light", 1);
    shares.take("heavy", 4);

    assertThat(shares.start("light")).isEqualTo(Shares.TURN);
    assertThat(shares.start("heavy")).isEqualTo(Shares.TURN / 4);
    assertThat(shares.start("new")).isZero();
  }

  @Test
  void nobodyStartsBeforeTheClock() {
    for (int i = 0; i < 10; i++) {
      shares.take("busy", 1);
    }

    assertThat(shares.start("new")).isEqualTo(shares.clock()).isEqualTo(9 * Shares.TURN);
    assertThat(shares.start("busy")).isEqualTo(10 * Shares.TURN);
  }

  @Test
  void remembersNoMoreThanItsBoundAndForgetsAtMostATurn() {
    for (int i = 0; i < 20 * Shares.MAX_TENANTS; i++) {
      shares.take("tenant-" + i, 1 + i % 7);

      assertThat(shares.tenants()).isLessThanOrEqualTo(Shares.MAX_TENANTS);
    }
    assertThat(shares.start("new")).isLessThanOrEqualTo(20 * Shares.TURN);
  }
}
