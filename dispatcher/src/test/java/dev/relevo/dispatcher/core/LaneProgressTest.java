package dev.relevo.dispatcher.core;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class LaneProgressTest {
  private final LaneProgress progress = new LaneProgress(5);

  @Test
  void theOldestThatIsNotSettledHoldsTheRest() {
    progress.read(5);
    progress.read(6);
    progress.settled(6);
    assertThat(progress.committable()).isEqualTo(5);

    progress.settled(5);

    assertThat(progress.committable()).isEqualTo(7);
  }

  @Test
  void aLetterThatLiesThereStillHoldsWhatIsSettled() {
    progress.read(5);
    progress.takesOut(5, "3.1.1");
    progress.settled(5);
    assertThat(progress.committable()).isEqualTo(5);

    progress.takenOut("3.1.2");
    assertThat(progress.committable()).isEqualTo(5);
    progress.takenOut("3.1.1");

    assertThat(progress.committable()).isEqualTo(6);
  }

  @Test
  void aLetterThatIsOutSettlesNothingByItself() {
    progress.read(5);
    progress.takesOut(5, "3.1.1");

    progress.takenOut("3.1.1");
    assertThat(progress.committable()).isEqualTo(5);
    progress.settled(5);

    assertThat(progress.committable()).isEqualTo(6);
  }
}
