package dev.relevo.dispatcher.core;

import static dev.relevo.dispatcher.core.House.asking;
import static dev.relevo.dispatcher.core.House.ofTenant;
import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.common.protocol.ControlRecord;
import dev.relevo.common.protocol.JobStatus;
import dev.relevo.common.protocol.Lane;
import dev.relevo.common.protocol.NodeBeat;
import java.util.List;
import java.util.stream.IntStream;
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
    house.control(new ControlRecord.Pause(Lane.BATCH));
    for (int i = 0; i < MANY; i++) {
      house.job(Lane.BATCH, asking("m"), "{}");
    }

    house.node("n1", "m");
    house.pass(500, "n1");

    assertThat(house.status(old)).isEqualTo(JobStatus.ASSIGNED);
  }

  @Test
  void aPausedLaneHoldsUpNobodyInTheOther() {
    house.control(new ControlRecord.Pause(Lane.JOBS));
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

  /** Submits as the window has room, and lets time pass while it has none. */
  private static void backlog(House to, Lane lane, int jobs, String tenant) {
    for (int i = 0; i < jobs; i++) {
      for (int tries = 0; to.core.isWindowFull(lane) && tries < 3; tries++) {
        to.pass(50);
      }
      assertThat(to.core.isWindowFull(lane)).as("lane %s after %s jobs", lane, i).isFalse();
      to.record(lane, 10_000 + i, tenant + "-" + i, ofTenant(tenant, 5, "m"), "{}");
    }
  }

  @Test
  void whoComesBehindABacklogIsSeenAndNext() {
    House small = new House(ParkingTest.settings(100, 1_000), 0);
    small.node("n1", "1", NodeBeat.State.READY, 1, "m");
    backlog(small, Lane.JOBS, 500, "many");
    assertThat(small.core.gauges().parked()).isGreaterThan(350);
    String single = small.job(ofTenant("one", 5, "m"));

    small.finishLast();

    assertThat(small.lastAssign().assignment().job()).isEqualTo(single);
  }

  @Test
  void aBacklogOfBulkWorkHidesNobodyInItsLane() {
    House small = new House(ParkingTest.settings(100, 1_000), 0);
    small.node("n1", "1", NodeBeat.State.READY, 1, "m");

    backlog(small, Lane.BATCH, 500, "many");

    assertThat(small.core.isWindowFull(Lane.BATCH)).isFalse();
    assertThat(small.core.gauges().waiting(Lane.BATCH)).isEqualTo(499);
    assertThat(small.core.gauges().waiting(Lane.JOBS)).isZero();
  }

  @Test
  void aBacklogRunsInItsOrderThoughMostOfItWaitedOutside() {
    House small = new House(ParkingTest.settings(100, 1_000), 0);
    small.node("n1", "1", NodeBeat.State.READY, 1, "m");
    backlog(small, Lane.JOBS, 300, "many");

    for (int i = 0; i < 299; i++) {
      small.finishLast();
      small.pass(50);
      small.beatsAgain("n1", small.lastAssign().assignment().fence());
    }

    assertThat(small.given()).hasSize(300).doesNotHaveDuplicates().startsWith("many-0", "many-1");
    assertThat(small.given()).isEqualTo(inOrder("many", 300));
    long parked =
        small.all(Effect.WriteState.class).stream()
            .filter(write -> write.record() != null)
            .filter(write -> write.record().status() == JobStatus.PARKED)
            .count();
    assertThat(parked).as("each is parked once at most").isLessThan(300);
  }

  private static List<String> inOrder(String tenant, int jobs) {
    return IntStream.range(0, jobs).mapToObj(i -> tenant + "-" + i).toList();
  }

  @Test
  void aBacklogThatComesBackCrowdsOutNobody() {
    for (int i = 0; i < 400; i++) {
      house.job(ofTenant("many", 5, "m"));
    }
    String single = house.job(ofTenant("one", 5, "m"));
    house.pass(7_000);
    assertThat(house.core.gauges().parked()).isEqualTo(401);

    house.node("n1", "1", NodeBeat.State.READY, 2, "m");
    house.pass(500, "n1");

    assertThat(house.status(single)).isEqualTo(JobStatus.ASSIGNED);
  }

  @Test
  void aWindowFullOfAPausedLaneHoldsNothingUp() {
    House small = new House(ParkingTest.settings(100, 1_000), 0);
    small.node("n1", "m");
    small.control(new ControlRecord.Pause(Lane.JOBS));
    backlog(small, Lane.JOBS, 300, "many");
    assertThat(small.given()).isEmpty();

    small.record(Lane.BATCH, 0, "bulk", asking("m"), "{}");
    assertThat(small.given()).containsExactly("bulk");

    small.control(new ControlRecord.Resume(Lane.JOBS));
    small.pass(500, "n1");
    assertThat(small.given()).hasSize(4);
    small.finishLast();
    assertThat(small.lastAssign().assignment().job()).as("the oldest is back").isEqualTo("many-0");
  }

  @Test
  void deadlinesHoldInAPausedLane() {
    house.control(new ControlRecord.Pause(Lane.JOBS));
    house.node("n1", "m");
    String job = house.job(asking("m").withDeadlineMs(house.now().epochMs() + 20_000));

    house.pass(21_000, "n1");

    assertThat(house.status(job)).isEqualTo(JobStatus.EXPIRED);
  }

  @Test
  void bulkWorkDoesNotWaitForABodyThatDoesNotCome() {
    parked("m");
    house.holdingBack();
    house.record(Lane.BATCH, 0, "bulk", asking("m"), "{}");
    house.node("n1", "m");
    house.pass(1_500, "n1");
    assertThat(house.all(Effect.ReadBody.class)).hasSize(1);
    assertThat(house.given()).isEmpty();

    house.pass(1_500, "n1");

    assertThat(house.given()).containsExactly("bulk");
  }

  @Test
  void oneHomeDoesNotHoldAllReadings() {
    for (int i = 0; i < Bodies.READS_AT_ONCE; i++) {
      house.job(asking("m"));
    }
    house.pass(7_000);
    house.holdingBack();

    house.node("n1", "m");
    house.pass(1_000, "n1");

    assertThat(house.all(Effect.ReadBody.class)).hasSize(Bodies.READS_OF_A_HOME);
  }
}
