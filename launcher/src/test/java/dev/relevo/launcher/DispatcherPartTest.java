package dev.relevo.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.common.kafka.KafkaProblem;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;

class DispatcherPartTest {
  @Test
  void aKafkaThatWentAwayIsNoReasonToLeaveADispatcherStopped() {
    KafkaProblem away = KafkaProblem.of(new TimeoutException(), "running the dispatcher", "k:9092");

    assertThat(DispatcherPart.ended(away))
        .isInstanceOfSatisfying(
            CommandProblem.class,
            problem -> assertThat(problem.exitCode()).isEqualTo(ExitCode.FAILED))
        .hasMessage(away.getMessage());
  }

  @Test
  void whatElseBreaksStaysWhatItIs() {
    IllegalStateException broken = new IllegalStateException("home 3 cannot be written");

    assertThat(DispatcherPart.ended(broken)).isSameAs(broken);
  }
}
