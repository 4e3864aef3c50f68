package dev.relevo.dispatcher.core;

import static dev.relevo.dispatcher.core.House.asking;
import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.common.protocol.AttemptFailure;
import dev.relevo.common.protocol.AttemptOutcome;
import dev.relevo.common.protocol.ControlRecord;
import dev.relevo.common.protocol.EventRecord;
import dev.relevo.common.protocol.Fence;
import dev.relevo.common.protocol.JobHeaders;
import dev.relevo.common.protocol.JobStatus;
import dev.relevo.common.protocol.StateRecord;
import org.junit.jupiter.api.Test;

/** What nodes say of a job whose end is decided already. */
class LateWordsTest {
  private final House house = new House();

  /** A job that one attempt ended for good while a second one, which came later, is under way. */
  private String endedBeside(JobHeaders headers) {
    house.node("n1", "m");
    String job = house.job(headers);
    Effect.Assign first = house.lastAssign();
    house.accepted(job, first);
    house.node("n2", "m");
    house.pass(3_500, "n2");
    assertThat(house.lastAssign()).isNotEqualTo(first);
    house.holdingBack();
    house.failed(job, first, false);
    return job;
  }

  private void acknowledgeLetter() {
    house.acknowledge(house.last(Effect.Bury.class));
  }

  @Test
  void anAttemptThatReportsTheSameEndHasFailedAtNothing() {
    String job = endedBeside(asking("m"));
    Effect.Assign second = house.lastAssign();
    house.accepted(job, second);
    house.failed(job, second, false);
    acknowledgeLetter();

    StateRecord.Job state = house.state(job);
    assertThat(state.status()).isEqualTo(JobStatus.DEAD);
    assertThat(state.attemptsUsed())
        .describedAs("the first counts once, though it was lost before it spoke")
        .isEqualTo(1);
    assertThat(house.all(Effect.Bury.class)).hasSize(1);
  }

  @Test
  void whoSucceedsWhereNobodyListensComesTooLate() {
    String job = endedBeside(asking("m").withReplyPlace(null));
    Fence second = house.lastAssign().assignment().fence();
    house.event(job, second, House.finished("n2", AttemptOutcome.SUCCEEDED, null));
    acknowledgeLetter();

    StateRecord.Job state = house.state(job);
    assertThat(state.status()).isEqualTo(JobStatus.DEAD);
    assertThat(house.last(Effect.Bury.class).key()).isEqualTo(state.fence());
  }

  @Test
  void aFailureThatMayBeTriedAgainChangesNothingEither() {
    String job = endedBeside(asking("m"));
    AttemptFailure failure = new AttemptFailure("backend_error", "503", true, null);
    house.event(
        job,
        house.lastAssign().assignment().fence(),
        House.finished("n2", AttemptOutcome.FAILED, failure));
    acknowledgeLetter();

    assertThat(house.state(job).status()).isEqualTo(JobStatus.DEAD);
  }

  @Test
  void aNodeThatIsLostPastTheDeadlineIsNotReplaced() {
    house.node("n1", "m");
    house.node("n2", "m");
    String job = house.job(asking("m").withDeadlineMs(house.now().epochMs() + 3_000));
    Effect.Assign given = house.lastAssign();
    house.accepted(job, given);
    String other = given.assignment().node().equals("n1") ? "n2" : "n1";
    house.pass(3_500, other);
    house.readBack(null);

    assertThat(house.all(Effect.Assign.class)).hasSize(1);
    assertThat(house.status(job)).isEqualTo(JobStatus.EXPIRED);
  }

  @Test
  void aCancelledJobThatComesBackIsGivenToNobodyElse() {
    house.node("n1", "m");
    house.node("n2", "m");
    String job = house.job(asking("m"));
    house.control(new ControlRecord.Cancel(job, "enough"));
    house.rejected(job, house.lastAssign(), EventRecord.Rejected.Reason.BUSY);
    house.readBack(null);

    assertThat(house.all(Effect.Assign.class)).hasSize(1);
    assertThat(house.status(job)).isEqualTo(JobStatus.CANCELLED);
  }

  @Test
  void whoWaitsOutsideExpiresThoughANodeSaidLateThatItHadTakenIt() {
    house.node("n1", "m");
    long deadlineMs = house.now().epochMs() + 60_000;
    String job = house.job(ParkingTest.impatient(20_000).withDeadlineMs(deadlineMs));
    Effect.Assign lost = house.lastAssign();
    house.pass(12_000);
    assertThat(house.status(job)).isEqualTo(JobStatus.PARKED);

    house.accepted(job, lost);
    house.pass(40_000);
    assertThat(house.status(job)).isEqualTo(JobStatus.PARKED);
    house.pass(9_000);
    house.readBack(null);
    house.pass(500);

    assertThat(house.status(job)).isEqualTo(JobStatus.EXPIRED);
  }
}
