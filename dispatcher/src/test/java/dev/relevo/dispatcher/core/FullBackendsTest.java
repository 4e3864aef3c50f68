package dev.relevo.dispatcher.core;

import static dev.relevo.dispatcher.core.House.asking;
import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.common.protocol.AttemptFailure;
import dev.relevo.common.protocol.AttemptOutcome;
import dev.relevo.common.protocol.FailureCodes;
import dev.relevo.common.protocol.JobStatus;
import dev.relevo.common.protocol.NodeBeat;
import dev.relevo.common.protocol.NodeBeat.Health;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Nodes that have room while their backends are full, or left alone (protocol section 3). */
class FullBackendsTest {
  private final House house = new House();

  @Test
  void aJobWaitsForABackendThatIsFull() {
    beat("n1", Health.BUSY, "CLOSED");
    String job = house.job(asking("m"));
    assertThat(house.all(Effect.Assign.class)).isEmpty();
    assertThat(house.status(job)).isNotEqualTo(JobStatus.PARKED);

    beat("n1", Health.AVAILABLE, "CLOSED");

    assertThat(house.lastAssign().assignment().node()).isEqualTo("n1");
  }

  @Test
  void aNodeWhoseBackendHasRoomIsTakenInstead() {
    beat("n1", Health.BUSY, "CLOSED");
    beat("n2", Health.AVAILABLE, "CLOSED");

    house.job(asking("m"));

    assertThat(house.lastAssign().assignment().node()).isEqualTo("n2");
  }

  @Test
  void nothingIsGivenToABackendWhoseBreakerIsOpenUntilItTriesAgain() {
    beat("n1", Health.AVAILABLE, "OPEN");
    house.job(asking("m"));
    assertThat(house.all(Effect.Assign.class)).isEmpty();

    beat("n1", Health.AVAILABLE, "HALF_OPEN");

    assertThat(house.lastAssign().assignment().node()).isEqualTo("n1");
  }

  @Test
  void findingAllBackendsBusyUsesUpNoAttempt() {
    house.node("n1", "m");
    String job = house.job(asking("m"));
    for (int i = 1; i <= 5; i++) {
      assertThat(house.all(Effect.Assign.class)).hasSize(i);
      assertThat(house.lastAssign().assignment().attempt()).isOne();
      house.accepted(job, house.lastAssign());
      house.beatsAgain("n1", house.lastAssign().assignment().fence());
      house.event(
          job,
          house.lastAssign().assignment().fence(),
          House.finished(
              "n1",
              AttemptOutcome.FAILED,
              new AttemptFailure(FailureCodes.BACKEND_BUSY, "all are full", true, null)));
      assertThat(house.status(job)).isEqualTo(JobStatus.QUEUED);
      house.beatsAgain("n1");
      house.pass(1_500, "n1");
    }
    assertThat(house.all(Effect.Assign.class)).hasSize(6);
  }

  private void beat(String node, Health health, String breaker) {
    house.beat(
        new NodeBeat(
            node,
            node + "-1",
            1,
            0,
            NodeBeat.State.READY,
            4,
            1_000,
            Map.of(),
            List.of(
                new NodeBeat.Backend(
                    "b", "echo", List.of("m"), 10, 1, health, breaker, null, null))));
  }
}
