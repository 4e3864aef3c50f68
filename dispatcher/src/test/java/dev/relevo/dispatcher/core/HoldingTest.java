package dev.relevo.dispatcher.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class HoldingTest {
  @Test
  void holdsASecondLessThanTheGroupWaits() {
    Lease lease = new Lease(Duration.ofSeconds(6));
    assertThat(lease.holds(0)).isFalse();

    lease.renewFrom(10);

    assertThat(lease.holds(Duration.ofSeconds(5).toNanos() + 9)).isTrue();
    assertThat(lease.holds(Duration.ofSeconds(5).toNanos() + 10)).isFalse();
  }

  @Test
  void isNotShortenedByAnEarlierCommitThatIsAnsweredLate() {
    Lease lease = new Lease(Duration.ofSeconds(6));
    lease.renewFrom(100);
    lease.renewFrom(50);

    assertThat(lease.holds(Duration.ofSeconds(5).toNanos() + 99)).isTrue();
  }

  @Test
  void findsWhatOthersWroteBetweenAndBehindOurOwnRecords() {
    StateGuard guard = new StateGuard();
    guard.open(3, 8);

    assertThat(guard.written(3, 8)).isNull();
    assertThat(guard.written(3, 11)).isEqualTo(new StateGuard.Gap(3, 9, 11));
    assertThat(guard.ends(3, 12)).isNull();
    assertThat(guard.ends(3, 14)).isEqualTo(new StateGuard.Gap(3, 12, 14));
    assertThat(guard.ends(3, 14)).isNull();
    assertThat(guard.written(4, 1)).isNull();
  }
}
