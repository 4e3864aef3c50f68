package dev.relevo.node.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.common.protocol.Assignment;
import dev.relevo.common.protocol.ControlRecord;
import dev.relevo.common.protocol.Failover;
import dev.relevo.common.protocol.Fence;
import dev.relevo.common.protocol.JobHeaders;
import dev.relevo.common.protocol.Lane;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ControlLogTest {
  private final ControlLog control = new ControlLog("attic", 10);

  private static Assignment assignment(String job, @Nullable Fence replay) {
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
    return new Assignment(job, new Fence(0, 1, 1), "attic", "i", 1, true, null, "m", headers);
  }

  @Test
  void remembersWhoWasCancelledBeforeItCame() {
    assertThat(control.read(3, new ControlRecord.Cancel("a", "enough")))
        .isEqualTo(new ControlLog.Order.Cancel("a", "enough"));

    assertThat(control.cancelled(assignment("a", null))).isEqualTo("enough");
    assertThat(control.cancelled(assignment("b", null))).isNull();
  }

  @Test
  void anOldCancelDoesNotMeanAReplay() {
    control.read(3, new ControlRecord.Cancel("a", "enough"));

    assertThat(control.cancelled(assignment("a", new Fence(0, 1, 0)))).isNull();
  }

  @Test
  void forgetsTheOldestWhenThereAreTooMany() {
    for (int i = 0; i <= ControlLog.MAX_CANCELS; i++) {
      control.read(i, new ControlRecord.Cancel("job-" + i, "enough"));
    }

    assertThat(control.cancelled(assignment("job-0", null))).isNull();
    assertThat(control.cancelled(assignment("job-1", null))).isNotNull();
  }

  @Test
  void drainsWhenItAndNotAnEarlierOneIsAsked() {
    assertThat(control.read(9, new ControlRecord.Drain("attic"))).isNull();
    assertThat(control.read(10, new ControlRecord.Drain("cellar"))).isNull();
    assertThat(control.read(11, new ControlRecord.Pause(Lane.BATCH))).isNull();

    assertThat(control.read(12, new ControlRecord.Drain("attic")))
        .isEqualTo(new ControlLog.Order.Drain());
  }
}
