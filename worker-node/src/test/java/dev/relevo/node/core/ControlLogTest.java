package dev.relevo.node.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.common.protocol.Assignment;
import dev.relevo.common.protocol.ControlRecord;
import dev.relevo.common.protocol.Failover;
import dev.relevo.common.protocol.Fence;
import dev.relevo.common.protocol.JobHeaders;
import dev.relevo.common.protocol.Lane;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ControlLogTest {
  private static final Fence LETTER = new Fence(0, 1, 0);

  private final ControlLog control = new ControlLog("attic", 10);

  private static Assignment assignment(String job) {
    return assignment(job, null, null);
  }

  private static Assignment assignment(
      String job, @Nullable Fence replay, @Nullable Long replayedAtMs) {
    JobHeaders headers =
        new JobHeaders(
            null,
            null,
            List.of(),
            null,
            null,
            null,
            "t",
            5,
            99L,
            Failover.SEAMLESS,
            null,
            replay,
            null);
    return new Assignment(
        job, new Fence(0, 1, 1), "attic", "i", 1, true, null, replayedAtMs, "m", headers);
  }

  @Test
  void remembersWhoWasCancelledBeforeItCame() {
    assertThat(control.read(3, 500, new ControlRecord.Cancel("a", "enough")))
        .isEqualTo(new ControlLog.Order.Cancel("a", "enough", 500));

    assertThat(control.cancelled(assignment("a"))).isEqualTo("enough");
    assertThat(control.cancelled(assignment("b"))).isNull();
  }

  @Test
  void anOldCancelDoesNotMeanAReplay() {
    control.read(3, 500, new ControlRecord.Cancel("a", "enough"));

    assertThat(control.cancelled(assignment("a", LETTER, 501L))).isNull();
    assertThat(control.cancelled(assignment("a", LETTER, 500L))).isEqualTo("enough");
  }

  @Test
  void theNewestCancelCountsAlsoWhereAnotherLeadersClockIsBehind() {
    control.read(3, 500, new ControlRecord.Cancel("a", "enough"));
    control.read(4, 450, new ControlRecord.Cancel("a", "please"));

    assertThat(control.cancelled(assignment("a", LETTER, 480L))).isEqualTo("enough");
  }

  @Test
  void aReplayThatDoesNotSayWhenItCameIsLeftToTheDispatcher() {
    ControlLog.Order order = control.read(3, 500, new ControlRecord.Cancel("a", "enough"));

    assertThat(((ControlLog.Order.Cancel) order).means(assignment("a", LETTER, null))).isFalse();
  }

  @Test
  void forgetsTheOldestWhenThereAreTooMany() {
    for (int i = 0; i <= ControlLog.MAX_CANCELS; i++) {
      control.read(i, i, new ControlRecord.Cancel("job-" + i, "enough"));
    }

    assertThat(control.cancelled(assignment("job-0"))).isNull();
    assertThat(control.cancelled(assignment("job-1"))).isNotNull();
  }

  @Test
  void drainsWhenItAndNotAnEarlierOneIsAsked() {
    assertThat(control.read(9, 9, new ControlRecord.Drain("attic"))).isNull();
    assertThat(control.read(10, 10, new ControlRecord.Drain("cellar"))).isNull();
    assertThat(control.read(11, 11, new ControlRecord.Pause(Lane.BATCH))).isNull();

    assertThat(control.read(12, 12, new ControlRecord.Drain("attic")))
        .isEqualTo(new ControlLog.Order.Drain());
  }

  @Test
  void anOrderAboutABackendMeansAllNodesOrOneHoweverOldItIs() {
    ControlRecord.BackendOrder all = new ControlRecord.BackendRemove(null, "cloud");
    ControlRecord.BackendOrder here = new ControlRecord.BackendAdd("attic", "cloud", Map.of());

    assertThat(control.read(2, 2, all)).isEqualTo(new ControlLog.Order.Backend(2, all, true));
    assertThat(control.read(10, 10, here)).isEqualTo(new ControlLog.Order.Backend(10, here, false));
    assertThat(control.read(11, 11, new ControlRecord.BackendRemove("cellar", "cloud"))).isNull();
  }
}
