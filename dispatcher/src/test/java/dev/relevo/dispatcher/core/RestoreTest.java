package dev.relevo.dispatcher.core;

import static dev.relevo.dispatcher.core.House.asking;
import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.common.protocol.AttemptFailure;
import dev.relevo.common.protocol.AttemptOutcome;
import dev.relevo.common.protocol.EventRecord;
import dev.relevo.common.protocol.Fence;
import dev.relevo.common.protocol.JobHeaders;
import dev.relevo.common.protocol.JobStatus;
import dev.relevo.common.protocol.Lane;
import dev.relevo.common.protocol.NodeBeat;
import dev.relevo.common.protocol.StateRecord;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Taking a home over (protocol section 4, Taking over). */
class RestoreTest {
  private static final long OLD_EPOCH = 50;
  private static final Fence OLD = new Fence(House.HOME, OLD_EPOCH, 9);

  @Test
  void adoptsAnAttemptWhoseIncarnationStillBeats() {
    House house = House.restored(1, job(OLD_EPOCH, 0, JobStatus.ASSIGNED));
    house.node("n1", "m");
    house.beatsAgain("n1", OLD);
    house.record(Lane.JOBS, 0, "job-0", asking("m"), "{}");
    house.pass(10_000, "n1");
    assertThat(house.all(Effect.Assign.class)).isEmpty();

    house.succeeded("job-0", OLD, "n1");

    assertThat(house.status("job-0")).isEqualTo(JobStatus.SUCCEEDED);
    assertThat(house.core.committable(House.HOME, Lane.JOBS)).isEqualTo(1);
  }

  @Test
  void losesAnAttemptWhoseNodeIsNotHeardOf() {
    House house = House.restored(1, job(OLD_EPOCH, 0, JobStatus.ASSIGNED));
    house.record(Lane.JOBS, 0, "job-0", asking("m"), "{}");
    house.node("n2", "m");

    house.pass(3_500, "n2");

    assertThat(house.lastAssign().assignment().node()).isEqualTo("n2");
    assertThat(house.lastAssign().assignment().first()).isFalse();
    assertThat(house.lastAssign().assignment().fence().isHigherThan(OLD)).isTrue();
  }

  @Test
  void aJobFromBeforeTheTakeOverIsNeverAFirstAttempt() {
    House house = House.restored(1);
    house.node("n1", "m");
    house.record(Lane.JOBS, 0, "job-0", asking("m"), "{}");
    assertThat(house.lastAssign().assignment().first()).isFalse();

    house.record(Lane.JOBS, 1, "job-1", asking("m"), "{}");
    assertThat(house.lastAssign().assignment().first()).isTrue();
  }

  @Test
  void noJobIsAFirstAttemptWhileAnEarlierOwnerMayStillDecide() {
    House house = House.restoredAfterAnother();
    house.node("n1", "m");

    house.record(Lane.JOBS, 0, "job-0", asking("m"), "{}");
    assertThat(house.lastAssign().assignment().first()).isFalse();
    house.core.alone(House.HOME, Map.of(Lane.JOBS, 2L, Lane.BATCH, 0L));
    house.record(Lane.JOBS, 1, "job-1", asking("m"), "{}");
    assertThat(house.lastAssign().assignment().first()).isFalse();
    house.record(Lane.JOBS, 2, "job-2", asking("m"), "{}");
    assertThat(house.lastAssign().assignment().first()).isTrue();
  }

  @Test
  void anEndedJobIsNotRunAgain() {
    House house = House.restored(1, job(OLD_EPOCH, 0, JobStatus.SUCCEEDED));
    house.node("n1", "m");

    house.record(Lane.JOBS, 0, "job-0", asking("m"), "{}");

    assertThat(house.all(Effect.Assign.class)).isEmpty();
    assertThat(house.core.committable(House.HOME, Lane.JOBS)).isEqualTo(1);
  }

  @Test
  void goesOnWithAnEndingThatTheLastOwnerBegan() {
    House house = House.restored(1, job(OLD_EPOCH, 0, JobStatus.ASSIGNED));
    house.event(
        "job-0",
        new Fence(House.HOME, OLD_EPOCH, 10),
        new EventRecord.Settled("other", JobStatus.EXPIRED, "deadline_exceeded", "too late"));
    assertThat(house.all(Effect.Settle.class)).describedAs("its record is needed").isEmpty();

    house.record(Lane.JOBS, 0, "job-0", asking("m"), "{}");
    assertThat(house.last(Effect.Settle.class).fence().epoch()).isEqualTo(House.EPOCH);
    house.readBack(house.last(Effect.Reply.class).record());

    assertThat(house.status("job-0")).isEqualTo(JobStatus.EXPIRED);
  }

  @Test
  void countsAttemptsByTheJobsOwnBoundOnceItsRecordIsRead() {
    House house = House.restored(1, job(OLD_EPOCH, 0, JobStatus.ASSIGNED));
    house.node("n2", "m");

    house.event("job-0", OLD, brokenOff());
    assertThat(house.all(Effect.Settle.class)).describedAs("its bound is not known").isEmpty();
    house.record(Lane.JOBS, 0, "job-0", atMost(1), "{}");
    house.readBack(house.last(Effect.Reply.class).record());

    assertThat(house.all(Effect.Assign.class)).isEmpty();
    assertThat(house.status("job-0")).isEqualTo(JobStatus.DEAD);
  }

  @Test
  void doesNotEndAJobByTheUsualBoundBeforeItsRecordIsRead() {
    House house = House.restored(1, used(job(OLD_EPOCH, 0, JobStatus.ASSIGNED), 2));
    house.node("n2", "m");

    house.event("job-0", OLD, brokenOff());
    house.record(Lane.JOBS, 0, "job-0", atMost(5), "{}");
    house.pass(30_000, "n2");

    assertThat(house.lastAssign().assignment().node()).isEqualTo("n2");
  }

  @Test
  void namesALetterByTheAttemptThatEndedTheJobThoughStateDoesNotKnowIt() {
    House house = House.restored(1, job(OLD_EPOCH, 0, JobStatus.QUEUED));
    Fence unknown = new Fence(House.HOME, OLD_EPOCH, OLD.attempt() + 1);
    EventRecord.Finished refused =
        new EventRecord.Finished(
            "n1",
            "n1-1",
            AttemptOutcome.FAILED,
            new AttemptFailure("invalid_request", "it was refused", false, null),
            null,
            null,
            null,
            null,
            0,
            0);

    house.event("job-0", unknown, refused);
    house.record(Lane.JOBS, 0, "job-0", asking("m"), "{}");

    assertThat(house.last(Effect.Bury.class).key()).isEqualTo(unknown.toString());
  }

  @Test
  void forgetsAnEndedJobOnlyWhenACommitBeyondItWasAccepted() {
    House house = House.restored(1, job(OLD_EPOCH, 0, JobStatus.SUCCEEDED));
    house.record(Lane.JOBS, 0, "job-0", asking("m"), "{}");
    long written = house.all(Effect.WriteState.class).size();

    house.pass(Duration.ofHours(25).toMillis());
    assertThat(house.all(Effect.WriteState.class)).hasSize((int) written);
    house.core.committed(House.HOME, Lane.JOBS, 1);
    house.pass(1_000);

    assertThat(house.last(Effect.WriteState.class).record()).isNull();
  }

  @Test
  void forgetsAnEndedJobThoughOneBeforeItWaitsForACommit() {
    House house = House.restored(1, job(OLD_EPOCH, 0, JobStatus.SUCCEEDED));
    house.node("n1", "m");
    house.record(Lane.BATCH, 0, "later", asking("m"), "{}");
    house.succeeded("later", house.lastAssign().assignment().fence(), "n1");
    house.core.committed(House.HOME, Lane.BATCH, 1);

    house.pass(Duration.ofHours(25).toMillis());

    assertThat(house.last(Effect.WriteState.class).job()).isEqualTo("later");
    assertThat(house.last(Effect.WriteState.class).record()).isNull();
  }

  private static EventRecord.Finished brokenOff() {
    return new EventRecord.Finished(
        "n1",
        "n1-1",
        AttemptOutcome.FAILED,
        new AttemptFailure("backend_error", "it broke off", true, null),
        null,
        null,
        null,
        null,
        0,
        0);
  }

  private static JobHeaders atMost(int attempts) {
    JobHeaders asked = asking("m");
    return new JobHeaders(
        asked.replyPlace(),
        asked.model(),
        asked.fallbackModels(),
        asked.maxWaitMs(),
        asked.strategy(),
        asked.session(),
        asked.tenant(),
        asked.priority(),
        asked.deadlineMs(),
        asked.failover(),
        attempts,
        asked.replay(),
        asked.traceparent());
  }

  private static StateRecord.Job used(StateRecord.Job job, int attempts) {
    return new StateRecord.Job(
        job.epoch(),
        job.status(),
        job.lane(),
        job.offset(),
        job.fence(),
        job.node(),
        job.incarnation(),
        job.model(),
        job.startedOffset(),
        job.assigned(),
        attempts,
        job.attempts(),
        job.replyTopic(),
        job.deadlineMs(),
        job.takeByMs(),
        job.replayedAtMs(),
        job.readyAtMs(),
        job.updatedAtMs(),
        job.code(),
        job.message(),
        job.headers());
  }

  @Test
  void adoptsAnAttemptThatOnlyEventsKnow() {
    House house = House.restored(1);
    house.node("n1", "1", NodeBeat.State.READY, 4, "m");
    house.record(Lane.JOBS, 0, "job-0", asking("m"), "{}");
    Fence known = house.lastAssign().assignment().fence();

    house.accepted("job-0", OLD, "n1", 0L);
    house.succeeded("job-0", OLD, "n1");

    assertThat(house.status("job-0")).isEqualTo(JobStatus.SUCCEEDED);
    assertThat(known.isHigherThan(OLD)).isTrue();
  }

  @Test
  void writesTheValidRecordBehindAVoidOne() {
    House house = new House();
    house.node("n1", "m");
    String job = house.job(asking("m"));
    StateRecord.Job zombie = job(OLD_EPOCH, 0, JobStatus.DEAD);

    boolean lost = house.core.foreignState(House.HOME, 500, -1, job, zombie, house.now());
    house.settle();

    assertThat(lost).isFalse();
    assertThat(house.status(job)).isEqualTo(JobStatus.ASSIGNED);
    assertThat(house.all(Effect.WriteState.class)).hasSize(2);
  }

  @Test
  void anAcknowledgementOfAnEarlierEpochCommitsNothing() {
    House house = new House();
    house.node("n1", "m");
    String job = house.job(asking("m"));
    Fence fence = house.lastAssign().assignment().fence();
    house.holdingBack();
    house.succeeded(job, fence, "n1");
    Effect.WriteState late = house.last(Effect.WriteState.class);
    house.core.close(House.HOME);
    house.core.open(
        House.HOME,
        House.EPOCH + 50,
        Map.of(Lane.JOBS, 1L, Lane.BATCH, 0L),
        Map.of(Lane.JOBS, 0L, Lane.BATCH, 0L),
        0);
    house.core.restored(House.HOME, house.now());
    house.record(Lane.JOBS, 0, job, asking("m"), "{}");

    house.core.acknowledged(late, 7, house.now());

    assertThat(house.core.committable(House.HOME, Lane.JOBS)).isZero();
  }

  @Test
  void endsWhenSomebodyElseOpensTheHome() {
    House house = new House();

    assertThat(
            house.core.foreignState(
                House.HOME,
                House.EPOCH + 7,
                -1,
                StateRecord.OPENED_KEY,
                new StateRecord.Opened("other"),
                house.now()))
        .isTrue();
  }

  static StateRecord.Job job(long epoch, long offset, JobStatus status) {
    return new StateRecord.Job(
        epoch,
        status,
        Lane.JOBS,
        offset,
        OLD.toString(),
        "n1",
        "n1-1",
        "m",
        null,
        true,
        0,
        List.of(),
        "relevo.replies.a",
        10_000_000,
        null,
        null,
        0,
        1_000_000,
        null,
        null,
        Map.of());
  }
}
