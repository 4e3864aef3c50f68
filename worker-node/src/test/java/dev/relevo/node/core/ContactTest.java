package dev.relevo.node.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class ContactTest {
  private final Contact contact = new Contact(Duration.ofMillis(1_500));
  private int fetches;

  private static long nanos(long ms) {
    return TimeUnit.MILLISECONDS.toNanos(ms);
  }

  private boolean turn(long nowMs) {
    return contact.isInDoubt(fetches, nanos(nowMs));
  }

  @Test
  void isCertainWhileFetchesComeBackAndBeatsAreTaken() {
    for (int ms = 0; ms < 10_000; ms += 500) {
      fetches++;
      contact.beatTaken(nanos(ms));
      assertThat(turn(ms)).isFalse();
    }
  }

  @Test
  void doubtsOnceWhenFetchesStopAndOnceWhenTheyComeAgain() {
    fetches++;
    turn(0);
    contact.beatTaken(nanos(1_400));
    assertThat(turn(1_499)).isFalse();
    assertThat(turn(1_500)).isTrue();
    contact.beatTaken(nanos(2_500));
    assertThat(turn(3_000)).isFalse();

    fetches++;

    assertThat(turn(3_001)).isTrue();
    assertThat(turn(3_002)).isFalse();
  }

  @Test
  void doubtsOnceWhenBeatsAreNotTakenAndOnceWhenTheyAreAgain() {
    turn(0);
    fetches++;
    assertThat(turn(1_000)).isFalse();
    fetches++;
    assertThat(turn(2_000)).isTrue();
    fetches++;
    assertThat(turn(3_000)).isFalse();

    contact.beatTaken(nanos(3_100));

    assertThat(turn(3_200)).isTrue();
    fetches++;
    assertThat(turn(3_300)).isFalse();
  }
}
