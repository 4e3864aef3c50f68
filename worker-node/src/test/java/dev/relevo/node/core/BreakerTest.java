package dev.relevo.node.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.common.config.CircuitBreakerSettings;
import dev.relevo.node.core.Breaker.State;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class BreakerTest {
  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

  private final Breaker breaker =
      new Breaker("gpu-1", new CircuitBreakerSettings(50, 4, Duration.ofSeconds(30), 2));

  @Test
  void opensWhenHalfOfEnoughCallsFail() {
    call(false, 0);
    call(true, 0);
    call(false, 0);
    assertThat(breaker.state(0)).isEqualTo(State.CLOSED);

    call(true, 0);

    assertThat(breaker.state(0)).isEqualTo(State.OPEN);
    assertThat(breaker.acquire(0)).isEqualTo(Breaker.REFUSED);
    assertThat(breaker.closedForNanos(10 * SECOND)).isEqualTo(20 * SECOND);
  }

  @Test
  void comesBackByItselfWithAFewCalls() {
    open();

    assertThat(breaker.state(30 * SECOND - 1)).isEqualTo(State.OPEN);
    assertThat(breaker.state(30 * SECOND)).isEqualTo(State.HALF_OPEN);
    int one = breaker.acquire(31 * SECOND);
    int two = breaker.acquire(31 * SECOND);
    assertThat(breaker.permits(31 * SECOND)).isFalse();
    assertThat(breaker.acquire(31 * SECOND)).isEqualTo(Breaker.REFUSED);

    breaker.ended(one, true, 32 * SECOND);
    breaker.ended(two, true, 32 * SECOND);

    assertThat(breaker.state(32 * SECOND)).isEqualTo(State.CLOSED);
  }

  @Test
  void opensAgainForTheWholeTimeWhenItsFewCallsFail() {
    open();
    call(false, 40 * SECOND);
    call(false, 41 * SECOND);

    assertThat(breaker.state(41 * SECOND)).isEqualTo(State.OPEN);
    assertThat(breaker.state(70 * SECOND)).isEqualTo(State.OPEN);
    assertThat(breaker.state(71 * SECOND)).isEqualTo(State.HALF_OPEN);
  }

  @Test
  void aCallThatIsEndedFromOutsideGivesItsPermissionBack() {
    open();
    int one = breaker.acquire(30 * SECOND);
    breaker.acquire(30 * SECOND);
    assertThat(breaker.permits(30 * SECOND)).isFalse();

    breaker.released(one);

    assertThat(breaker.permits(30 * SECOND)).isTrue();
    assertThat(breaker.state(30 * SECOND)).isEqualTo(State.HALF_OPEN);
  }

  @Test
  void callsFromBeforeSayNothingOfItAnyMore() {
    int early = breaker.acquire(0);
    int other = breaker.acquire(0);
    open();
    assertThat(breaker.state(30 * SECOND)).isEqualTo(State.HALF_OPEN);
    breaker.acquire(30 * SECOND);
    breaker.acquire(30 * SECOND);

    breaker.released(other);
    breaker.ended(early, false, 31 * SECOND);

    assertThat(breaker.permits(31 * SECOND)).isFalse();
    assertThat(breaker.state(31 * SECOND)).isEqualTo(State.HALF_OPEN);
  }

  @Test
  void triesEarlyWhereTheOutageIsSeenToBeOver() {
    open();

    breaker.tryEarly(SECOND);

    assertThat(breaker.state(SECOND)).isEqualTo(State.HALF_OPEN);
    call(false, 2 * SECOND);
    call(false, 2 * SECOND);
    assertThat(breaker.state(31 * SECOND)).isEqualTo(State.OPEN);
    assertThat(breaker.state(32 * SECOND)).isEqualTo(State.HALF_OPEN);
  }

  private void open() {
    for (int i = 0; i < 4; i++) {
      call(false, 0);
    }
    assertThat(breaker.state(0)).isEqualTo(State.OPEN);
  }

  private void call(boolean well, long nanos) {
    int era = breaker.acquire(nanos);
    assertThat(era).isNotEqualTo(Breaker.REFUSED);
    breaker.ended(era, well, nanos);
  }
}
