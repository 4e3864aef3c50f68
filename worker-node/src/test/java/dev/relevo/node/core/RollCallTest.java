package dev.relevo.node.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.relevo.common.protocol.NodeBeat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class RollCallTest {
  private static final String OWN = "01997f6e-4b1c-7d50-8a43-0f6b8a0c5d11";
  private static final String OTHER = "01997f6e-4b1c-7d50-8a43-0f6b8a0c5d22";
  private static final long INTERVAL_MS = 100;

  private final RollCall roll = new RollCall("attic", OWN, INTERVAL_MS);

  private static NodeBeat beat(String node, String incarnation) {
    return new NodeBeat(
        node, incarnation, 0, 0, NodeBeat.State.READY, 1, INTERVAL_MS, Map.of(), List.of());
  }

  private boolean turn(long nowMs) {
    return roll.stoodStill(TimeUnit.MILLISECONDS.toNanos(nowMs), nowMs);
  }

  private void sleptFrom(long offset) {
    turn(1_000);
    roll.taken(offset, roll.times());
    assertThat(turn(9_000)).isTrue();
  }

  @Test
  void noticesThatItStoodStill() {
    assertThat(turn(1_000)).isFalse();
    assertThat(turn(1_149)).isFalse();
    assertThat(turn(1_299)).isTrue();
    assertThat(turn(1_300)).isFalse();
  }

  @Test
  void noticesASleepThatItsMonotonicClockDidNotSee() {
    roll.stoodStill(0, 1_000);

    assertThat(roll.stoodStill(1, 60_000)).isTrue();
  }

  @Test
  void hearsFromItsLastBeatBeforeOnUntilOneAfterwardsStands() {
    sleptFrom(7);

    assertThat(roll.from()).isEqualTo(7);
    assertThat(roll.hear(beat("attic", OWN), 7, 1_000)).isFalse();
    assertThat(roll.hear(beat("barn", OTHER), 8, 4_000)).isFalse();
    roll.taken(9, roll.times());
    assertThat(roll.hear(beat("attic", OWN), 9, 9_000)).isTrue();
  }

  @Test
  void aBeatThatWasOnItsWayWhenItFrozeSettlesNothing() {
    sleptFrom(7);
    roll.taken(8, roll.times() - 1);

    assertThat(roll.hear(beat("attic", OWN), 8, 1_100)).isFalse();
  }

  @Test
  void itsNameIsGoneWhenAnotherIncarnationCameWhileItWasSilent() {
    sleptFrom(7);
    roll.taken(9, roll.times());
    roll.hear(beat("attic", OWN), 7, 1_000);
    roll.hear(beat("attic", OTHER), 8, 1_150);

    assertThatThrownBy(() -> roll.hear(beat("attic", OWN), 9, 1_200))
        .isInstanceOf(DuplicateNodeException.class)
        .hasMessageContaining("attic");
  }

  @Test
  void anotherIncarnationThatCameTooEarlyIsTheOneToGo() {
    sleptFrom(7);
    roll.taken(9, roll.times());
    roll.hear(beat("attic", OWN), 7, 1_000);
    roll.hear(beat("attic", OTHER), 8, 1_149);

    assertThat(roll.hear(beat("attic", OWN), 9, 9_000)).isTrue();
  }

  @Test
  void itsNameIsGoneAlsoWhenItsOldBeatsAre() {
    sleptFrom(7);
    roll.taken(900, roll.times());
    roll.hear(beat("attic", OTHER), 890, 8_950);

    assertThatThrownBy(() -> roll.hear(beat("attic", OWN), 900, 9_000))
        .isInstanceOf(DuplicateNodeException.class);
  }
}
