package dev.relevo.dispatcher.core;

import static dev.relevo.dispatcher.core.House.asking;
import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.common.protocol.ControlRecord;
import dev.relevo.common.protocol.FailureCodes;
import dev.relevo.common.protocol.Fence;
import dev.relevo.common.protocol.HeaderNames;
import dev.relevo.common.protocol.JobStatus;
import dev.relevo.common.protocol.Lane;
import dev.relevo.common.protocol.StateRecord;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Jobs that wait outside the window when a home is taken over (protocol section 4). */
class ParkedTakeOverTest {
  @Test
  void isRestoredFromStateWithoutReadingTheLane() {
    House taken = House.restored(10, 6, parked(2, "m", null), parked(4, "m", null));
    taken.stands(2, "job-2", asking("m"), "{\"two\":2}");
    taken.stands(4, "job-4", asking("m"), "{\"four\":4}");
    taken.pass(500);
    assertThat(taken.core.gauges().parked()).isEqualTo(2);
    assertThat(taken.core.committable(House.HOME, Lane.JOBS)).isEqualTo(6);

    taken.node("n1", "m");
    taken.pass(500, "n1");

    assertThat(taken.all(Effect.Assign.class))
        .extracting(assign -> assign.assignment().job())
        .containsExactly("job-2", "job-4");
    assertThat(taken.all(Effect.Assign.class)).noneMatch(assign -> assign.assignment().first());
    assertThat(taken.state("job-2").headers()).containsEntry(HeaderNames.MODEL, "m");
  }

  @Test
  void aParkedJobThatTheLaneBringsAgainIsPassed() {
    House taken = House.restored(10, 0, parked(0, "m", null));

    taken.record(Lane.JOBS, 0, "job-0", asking("m"), "{}");
    taken.pass(500);

    assertThat(taken.core.committable(House.HOME, Lane.JOBS)).isEqualTo(1);
    assertThat(taken.core.gauges().parked()).isEqualTo(1);
    assertThat(taken.core.gauges().windowJobs()).isZero();
  }

  @Test
  void itsPatienceIsRestored() {
    House taken = House.restored(10, 6, parked(2, "m", 1_005_000L));
    taken.stands(2, "job-2", ParkingTest.impatient(5_000), "{}");
    taken.pass(4_500);
    assertThat(taken.effects).isEmpty();

    taken.pass(1_000);
    taken.readBack(taken.last(Effect.Reply.class).record());
    taken.pass(500);

    assertThat(taken.status("job-2")).isEqualTo(JobStatus.DEAD);
    assertThat(taken.state("job-2").code()).isEqualTo(FailureCodes.NO_WORKERS_AVAILABLE);
  }

  @Test
  void aCancelFromBeforeTheTakeOverStopsIt() {
    House taken = House.restored(10, 6, parked(2, "m", null));
    taken.control(new ControlRecord.Cancel("job-2", "enough"));

    taken.pass(500);
    taken.readBack(null);

    assertThat(taken.status("job-2")).isEqualTo(JobStatus.CANCELLED);
  }

  @Test
  void anAttemptOfAJobThatWasParkedIsTakenOverWithItsBody() {
    StateRecord.Job running = running(2, "m");
    House taken = House.restored(10, 6, running);
    taken.stands(2, "job-2", asking("m"), "{\"two\":2}");
    taken.node("n2", "m");
    taken.pass(4_500, "n2");

    Effect.Assign assign = taken.lastAssign();
    assertThat(assign.assignment().job()).isEqualTo("job-2");
    assertThat(assign.assignment().node()).isEqualTo("n2");
    assertThat(assign.assignment().first()).isFalse();
    assertThat(assign.body()).isEqualTo("{\"two\":2}".getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void aNodesWordEndsAParkedJob() {
    Fence fence = new Fence(House.HOME, 50, 9);
    House taken = House.restored(10, 6, parked(2, "m", null));

    taken.accepted("job-2", fence, "n1", 0L);
    taken.succeeded("job-2", fence, "n1");
    taken.pass(500);

    assertThat(taken.status("job-2")).isEqualTo(JobStatus.SUCCEEDED);
    assertThat(taken.core.gauges().parked()).isZero();
    assertThat(taken.all(Effect.ReadBody.class)).isEmpty();
  }

  @Test
  void aJobBeforeTheLanesFirstRecordWhoseStateTellsNothingEndsHonestly() {
    House taken = House.restored(10, 6, RestoreTest.job(50, 2, JobStatus.QUEUED));

    taken.pass(500);
    taken.readBack(taken.last(Effect.Reply.class).record());
    taken.pass(500);

    assertThat(taken.status("job-2")).isEqualTo(JobStatus.DEAD);
    assertThat(taken.state("job-2").code()).isEqualTo(FailureCodes.RECORD_GONE);
  }

  static StateRecord.Job parked(long offset, String model, Long takeByMs) {
    return state(offset, JobStatus.PARKED, null, model, takeByMs);
  }

  private static StateRecord.Job running(long offset, String model) {
    return state(offset, JobStatus.RUNNING, "3.50.9", model, null);
  }

  private static StateRecord.Job state(
      long offset, JobStatus status, String fence, String model, Long takeByMs) {
    return new StateRecord.Job(
        50,
        status,
        Lane.JOBS,
        offset,
        fence,
        fence == null ? null : "n1",
        fence == null ? null : "n1-1",
        fence == null ? null : model,
        null,
        fence != null,
        0,
        List.of(),
        House.PLACE.topic(),
        10_000_000,
        takeByMs,
        null,
        0,
        1_000_000,
        null,
        null,
        Map.of(HeaderNames.MODEL, model, HeaderNames.REPLY_TOPIC, House.PLACE.topic()));
  }
}
