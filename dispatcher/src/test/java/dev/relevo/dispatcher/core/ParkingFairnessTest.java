package dev.relevo.dispatcher.core;

import static dev.relevo.dispatcher.core.House.asking;
import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.common.protocol.ControlRecord;
import dev.relevo.common.protocol.JobStatus;
import dev.relevo.common.protocol.Lane;
import dev.relevo.common.protocol.NodeBeat;
import org.junit.jupiter.api.Test;

/** Who waits outside the window is not passed by who came later (protocol section 4, Waiting). */
class ParkingFairnessTest {
  private static final int MANY = Parking.READ_AHEAD + 50;

  private final House house = new House(ParkingTest.settings(1_000, 1_000), 0);

  private String parked(String model) {
    String job = house.job(asking(model));
    house.pass(7_000);
    assertThat(house.status(job)).isEqualTo(JobStatus.PARKED);
    return job;
  }

  @Test
  void manyWhoCameLaterDoNotKeepItOutside() {
    String old = parked("m");
    for (int i = 0; i < MANY; i++) {
      house.job(asking("m"));
    }

    house.node("n1", "1", NodeBeat.State.READY, MANY - 10, "m");
    house.pass(500, "n1");
    house.node("n2", "1", NodeBeat.State.READY, 1, "m");
    house.pass(500, "n1", "n2");

    assertThat(house.status(old)).isEqualTo(JobStatus.ASSIGNED);
  }

  @Test
  void aPausedLaneFullOfItsKindDoesNotKeepItOutside() {
    String old = parked("m");
    house.core.control(new ControlRecord.Pause(Lane.BATCH), house.now());
    for (int i = 0; i < MANY; i++) {
      house.job(Lane.BATCH, asking("m"), "{}");
    }

    house.node("n1", "m");
    house.pass(500, "n1");

    assertThat(house.status(old)).isEqualTo(JobStatus.ASSIGNED);
  }

  @Test
  void aPausedLaneHoldsUpNobodyInTheOther() {
    house.core.control(new ControlRecord.Pause(Lane.JOBS), house.now());
    for (int i = 0; i < 50; i++) {
      house.job(asking("m"));
    }
    house.record(Lane.BATCH, 0, "bulk", asking("m"), "{}");

    house.node("n1", "m");
    house.pass(500, "n1");

    assertThat(house.status("bulk")).isEqualTo(JobStatus.ASSIGNED);
  }

  @Test
  void bulkWorkLeavesHalfOfTheWindowToOthers() {
    house.node("n1", "1", NodeBeat.State.READY, 1, "m");
    for (int i = 0; i < 500; i++) {
      assertThat(house.core.isWindowFull(Lane.BATCH)).isFalse();
      house.job(Lane.BATCH, asking("m"), "{}");
    }

    assertThat(house.core.isWindowFull(Lane.BATCH)).isTrue();
    assertThat(house.core.isWindowFull(Lane.JOBS)).isFalse();
  }

  @Test
  void oneComesBackThoughTheWindowHoldsMoreThanItsBound() {
    House narrow = new House(ParkingTest.settings(4, 1), 0);
    String old = narrow.job(asking("late"));
    narrow.pass(7_000);
    assertThat(narrow.status(old)).isEqualTo(JobStatus.PARKED);
    for (int i = 0; i < 6; i++) {
      narrow.job(asking("nobody"));
    }

    narrow.node("n1", "late");
    narrow.pass(500, "n1");

    assertThat(narrow.status(old)).isEqualTo(JobStatus.ASSIGNED);
  }

  @Test
  void aHomeThatGoesBeforeItsEventsAreReadLeavesNoDebt() {
    House first = House.restored(10, 6, ParkedTakeOverTest.parked(2, "m", null));
    first.core.close(House.HOME);

    assertThat(first.core.gauges().parked()).isZero();
    assertThat(first.core.gauges().waiting(Lane.JOBS)).isZero();
  }
}
