package dev.relevo.dispatcher.core;

import static dev.relevo.dispatcher.core.House.asking;
import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.common.protocol.AttemptOutcome;
import dev.relevo.common.protocol.ControlRecord;
import dev.relevo.common.protocol.EventRecord.Rejected.Reason;
import dev.relevo.common.protocol.Failover;
import dev.relevo.common.protocol.FailureCodes;
import dev.relevo.common.protocol.Fence;
import dev.relevo.common.protocol.FinishReason;
import dev.relevo.common.protocol.JobHeaders;
import dev.relevo.common.protocol.JobStatus;
import dev.relevo.common.protocol.Lane;
import dev.relevo.common.protocol.NodeBeat;
import dev.relevo.common.protocol.ReplyRecord;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Jobs that are cancelled, or that it is too late for, wherever they are just then: they are not
 * started any more, and whoever asked hears of it within a second even if their node does not.
 */
class SteeringTest {
  /** What is left of the second goes into telling, and reading back. */
  private static final long AT_MOST_MS = 600;

  private final House house = new House();

  private void cancel(String job) {
    house.control(new ControlRecord.Cancel(job, "enough"));
    house.settle();
  }

  private static JobHeaders impatient(long maxWaitMs, @Nullable Long deadlineMs) {
    return new JobHeaders(
        House.PLACE,
        "m",
        List.of(),
        maxWaitMs,
        null,
        null,
        "t",
        5,
        deadlineMs,
        Failover.SEAMLESS,
        null,
        null,
        null);
  }

  private ReplyRecord told() {
    return house.last(Effect.Reply.class).record();
  }

  private String failedWith(String code) {
    ReplyRecord.Failed failed = (ReplyRecord.Failed) told();
    assertThat(failed.code()).isEqualTo(code);
    return failed.message();
  }

  // -- cancel

  @Test
  void aSilentNodeDoesNotKeepACancelFromTheReader() {
    house.node("n1", "m");
    String job = house.job(asking("m"));
    house.accepted(job, house.lastAssign());

    cancel(job);
    assertThat(house.all(Effect.Settle.class)).describedAs("the node's word first").isEmpty();
    house.pass(AT_MOST_MS);
    house.readBack(new ReplyRecord.Cancelled("enough"));

    assertThat(told()).isEqualTo(new ReplyRecord.Cancelled("enough"));
    assertThat(house.status(job)).isEqualTo(JobStatus.CANCELLED);
    assertThat(house.all(Effect.Bury.class)).isEmpty();
  }

  @Test
  void anAnswerThatWasWholeBeforeTheCancelStands() {
    house.node("n1", "m");
    String job = house.job(asking("m"));
    house.accepted(job, house.lastAssign());

    cancel(job);
    house.pass(AT_MOST_MS);
    house.readBack(new ReplyRecord.Done(0, FinishReason.STOP, null, "b", "m", 1));

    assertThat(house.status(job)).isEqualTo(JobStatus.SUCCEEDED);
  }

  @Test
  void anAssignmentOnItsWayIsNotFollowedByAnother() {
    house.node("n1", "m");
    house.node("n2", "m");
    String job = house.job(asking("m"));
    cancel(job);

    house.rejected(job, house.lastAssign(), Reason.DRAINING);
    house.readBack(null);

    assertThat(house.all(Effect.Assign.class)).hasSize(1);
    assertThat(house.status(job)).isEqualTo(JobStatus.CANCELLED);
  }

  @Test
  void aCancelledJobWhoseNodeFailsOrDiesIsNotTriedAgain() {
    house.node("n1", "m");
    house.node("n2", "m");
    String failing = house.job(asking("m"));
    Effect.Assign first = house.lastAssign();
    house.accepted(failing, first);
    cancel(failing);
    house.failed(failing, first, true);
    house.readBack(null);
    assertThat(house.status(failing)).isEqualTo(JobStatus.CANCELLED);

    String lost = house.job(asking("m"));
    Effect.Assign second = house.lastAssign();
    house.accepted(lost, second);
    cancel(lost);
    String node = second.assignment().node();
    house.node(node, "1", NodeBeat.State.LEFT, 4, "m");
    house.readBack(null);

    assertThat(house.status(lost)).isEqualTo(JobStatus.CANCELLED);
    assertThat(house.all(Effect.Assign.class)).hasSize(2);
  }

  @Test
  void aJobBetweenTwoAttemptsIsCancelledAtOnce() {
    house.node("n1", "m");
    String job = house.job(asking("m"));
    house.accepted(job, house.lastAssign());
    house.failed(job, house.lastAssign(), true);

    cancel(job);
    house.readBack(null);

    assertThat(told()).isEqualTo(new ReplyRecord.Cancelled("enough"));
    assertThat(house.status(job)).isEqualTo(JobStatus.CANCELLED);
  }

  @Test
  void withoutAReplyPlaceTheStateTellsIt() {
    house.node("n1", "m");
    String job = house.job(asking("m").withReplyPlace(null));
    house.accepted(job, house.lastAssign());

    cancel(job);
    house.pass(AT_MOST_MS);

    assertThat(house.all(Effect.Reply.class)).isEmpty();
    assertThat(house.status(job)).isEqualTo(JobStatus.CANCELLED);
  }

  @Test
  void oneIdInTwoHomesIsCancelledInBoth() {
    house.core.open(
        4, 100, Map.of(Lane.JOBS, 0L, Lane.BATCH, 0L), Map.of(Lane.JOBS, 0L, Lane.BATCH, 0L), 0);
    house.core.restored(4, house.now());
    house.record(Lane.JOBS, 0, "twice", asking("m"), "{}");
    RecordHeaders headers = new RecordHeaders();
    asking("m").writeTo(headers);
    byte[] body = "{}".getBytes(StandardCharsets.UTF_8);
    house.core.job(
        4, new JobRecord(Lane.JOBS, 0, house.now().epochMs(), "twice", headers, body), house.now());

    cancel("twice");

    assertThat(house.all(Effect.Reply.class)).hasSize(2);
  }

  // -- deadlines

  @Test
  void aJobWhoseDeadlineIsOverIsNeverGivenToANode() {
    house.node("n1", "m");
    String job = house.job(asking("m").withDeadlineMs(house.now().epochMs()));

    assertThat(house.all(Effect.Assign.class)).isEmpty();
    assertThat(failedWith(FailureCodes.DEADLINE_EXCEEDED)).contains("before a node could take it");
    assertThat(house.status(job)).isEqualTo(JobStatus.EXPIRED);
  }

  @Test
  void aSilentNodeDoesNotKeepADeadlineFromTheReader() {
    house.node("n1", "m");
    String job = house.job(asking("m").withDeadlineMs(house.now().epochMs() + 1_000));
    house.accepted(job, house.lastAssign());

    house.pass(1_000);
    assertThat(house.all(Effect.Settle.class)).describedAs("the node's word first").isEmpty();
    house.pass(AT_MOST_MS);
    house.readBack(null);

    assertThat(failedWith(FailureCodes.DEADLINE_EXCEEDED)).contains("while node n1 had it");
    assertThat(house.status(job)).isEqualTo(JobStatus.EXPIRED);
  }

  @Test
  void aNodeThatKeepsTheDeadlineByItselfIsBelieved() {
    house.node("n1", "m");
    String job = house.job(asking("m").withDeadlineMs(house.now().epochMs() + 1_000));
    Fence fence = house.lastAssign().assignment().fence();
    house.accepted(job, house.lastAssign());
    house.pass(1_200);

    house.event(job, fence, House.finished("n1", AttemptOutcome.EXPIRED, null));
    house.pass(2_000);

    assertThat(house.all(Effect.Settle.class)).isEmpty();
    assertThat(house.all(Effect.Reply.class)).isEmpty();
    assertThat(house.status(job)).isEqualTo(JobStatus.EXPIRED);
    assertThat(house.last(Effect.Bury.class).letter().code())
        .isEqualTo(FailureCodes.DEADLINE_EXCEEDED);
  }

  @Test
  void aDeadlineBetweenTwoAttemptsTellsOfTheLast() {
    house.node("n1", "m");
    String job = house.job(asking("m").withDeadlineMs(house.now().epochMs() + 5_000));
    house.accepted(job, house.lastAssign());
    house.failed(job, house.lastAssign(), true);
    house.node("n1", "1", NodeBeat.State.DRAINING, 4, "m");

    house.pass(5_000);
    house.readBack(null);

    assertThat(failedWith(FailureCodes.DEADLINE_EXCEEDED))
        .contains("before another attempt", "node n1", "503 from ollama");
    assertThat(house.all(Effect.Assign.class)).hasSize(1);
  }

  @Test
  void aDeadlineIsCutToWhatTheLaneKeeps() {
    long sixDaysMs = TimeUnit.DAYS.toMillis(6);
    long nowMs = house.now().epochMs();
    house.node("n1", "m");

    house.job(asking("m").withDeadlineMs(nowMs + 2 * sixDaysMs));

    assertThat(house.lastAssign().assignment().deadlineMs()).isEqualTo(nowMs + sixDaysMs);
  }

  // -- relevo-max-wait

  @Test
  void anAssignmentThatWasRejectedTookNothing() {
    house.node("n1", "m");
    String job = house.job(impatient(1_000, null));
    house.rejected(job, house.lastAssign(), Reason.BUSY);

    house.pass(1_500);
    house.readBack(null);

    assertThat(failedWith(FailureCodes.NO_WORKERS_AVAILABLE)).contains("relevo-max-wait");
    assertThat(house.status(job)).isEqualTo(JobStatus.DEAD);
  }

  @Test
  void whoWasTakenOnceMayWaitForTheNextAttempt() {
    house.node("n1", "m");
    String job = house.job(impatient(1_000, null));
    house.accepted(job, house.lastAssign());
    house.node("n1", "1", NodeBeat.State.LEFT, 4, "m");

    house.pass(3_000);

    assertThat(house.status(job)).isEqualTo(JobStatus.QUEUED);
  }

  @Test
  void ofDeadlineAndMaxWaitTheFirstThatPassesIsNamed() {
    house.job(impatient(5_000, house.now().epochMs() + 1_000));

    house.pass(1_500);

    assertThat(failedWith(FailureCodes.DEADLINE_EXCEEDED)).contains("deadline");
  }
}
