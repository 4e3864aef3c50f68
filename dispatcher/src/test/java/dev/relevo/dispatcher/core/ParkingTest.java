package dev.relevo.dispatcher.core;

import static dev.relevo.dispatcher.core.House.asking;
import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.common.config.DispatcherSettings;
import dev.relevo.common.config.SettingsLoader;
import dev.relevo.common.protocol.AttemptFailure;
import dev.relevo.common.protocol.AttemptOutcome;
import dev.relevo.common.protocol.ControlRecord;
import dev.relevo.common.protocol.DeadLetter;
import dev.relevo.common.protocol.Failover;
import dev.relevo.common.protocol.FailureCodes;
import dev.relevo.common.protocol.Fence;
import dev.relevo.common.protocol.HeaderNames;
import dev.relevo.common.protocol.JobHeaders;
import dev.relevo.common.protocol.JobStatus;
import dev.relevo.common.protocol.Lane;
import dev.relevo.common.protocol.NodeBeat;
import dev.relevo.common.protocol.ReplyRecord;
import dev.relevo.common.protocol.StateRecord;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Jobs that wait outside the window (protocol section 4, Waiting). */
class ParkingTest {
  private static final int WINDOW = 5;

  private final House house = new House(settings(WINDOW, 1_000), 0);

  @Test
  void aFullWindowOfJobsForNobodyHoldsNothingUp() {
    for (int i = 0; i < WINDOW; i++) {
      house.job(asking("nobody"));
    }
    assertThat(house.core.isWindowFull()).isTrue();

    house.pass(500);

    assertThat(house.core.isWindowFull()).isFalse();
    assertThat(house.core.gauges().parked()).isEqualTo(WINDOW);
    assertThat(house.core.gauges().windowJobs()).isZero();
    assertThat(house.core.gauges().windowBytes()).isZero();
    assertThat(house.core.committable(House.HOME, Lane.JOBS)).isEqualTo(WINDOW);
    StateRecord.Job state = house.state("job-0");
    assertThat(state.status()).isEqualTo(JobStatus.PARKED);
    assertThat(state.headers())
        .containsEntry(HeaderNames.MODEL, "nobody")
        .containsEntry(HeaderNames.REPLY_TOPIC, House.PLACE.topic());
  }

  @Test
  void commitsAParkedJobOnlyWhenThatStandsInState() {
    for (int i = 0; i < WINDOW; i++) {
      house.job(asking("nobody"));
    }
    house.holdingBack();
    house.pass(500);
    assertThat(house.core.committable(House.HOME, Lane.JOBS)).isZero();

    house.acknowledge(house.all(Effect.WriteState.class).getFirst());

    assertThat(house.core.committable(House.HOME, Lane.JOBS)).isEqualTo(1);
  }

  @Test
  void waitsALittleForANodeToComeBackWhileThereIsRoom() {
    String job = house.job(asking("m"));
    house.pass(4_000);
    assertThat(house.status(job)).isNull();

    house.pass(3_000);
    assertThat(house.status(job)).isEqualTo(JobStatus.PARKED);
  }

  @Test
  void comesBackInOrderWithItsBodyWhenANodeServesIt() {
    for (int i = 0; i < 7; i++) {
      house.job(Lane.JOBS, asking("m"), "{\"body\":" + i + "}");
      house.pass(500);
    }
    house.pass(7_000);
    assertThat(house.core.gauges().parked()).isEqualTo(7);

    house.node("n1", "1", NodeBeat.State.READY, 3, "m");
    house.pass(500, "n1");

    List<Effect.Assign> assigned = house.all(Effect.Assign.class);
    assertThat(assigned)
        .extracting(assign -> assign.assignment().job())
        .containsExactly("job-0", "job-1", "job-2");
    assertThat(assigned)
        .extracting(assign -> new String(assign.body(), StandardCharsets.UTF_8))
        .containsExactly("{\"body\":0}", "{\"body\":1}", "{\"body\":2}");
    assertThat(assigned).allMatch(assign -> assign.assignment().first());
    assertThat(house.core.gauges().windowJobs()).describedAs("no more than fit").isEqualTo(WINDOW);
    for (int i = 0; i < 7; i++) {
      house.succeeded("job-" + i, new Fence(House.HOME, House.EPOCH, i + 1), "n1");
      house.pass(500, "n1");
      assertThat(house.core.gauges().windowJobs()).isLessThanOrEqualTo(WINDOW);
    }
    assertThat(house.all(Effect.Assign.class))
        .extracting(assign -> assign.assignment().job())
        .containsExactly("job-0", "job-1", "job-2", "job-3", "job-4", "job-5", "job-6");
    assertThat(house.core.gauges().parked()).isZero();
    assertThat(house.all(Effect.ReadBody.class)).hasSize(7);
  }

  @Test
  void readsOneAtATimeThoughTheWindowIsFull() {
    house.job(asking("late"));
    house.pass(7_000);
    house.node("n1", "1", NodeBeat.State.READY, 1, "m");
    for (int i = 0; i < WINDOW; i++) {
      house.job(asking("m"));
    }
    assertThat(house.core.isWindowFull()).isTrue();

    house.node("n2", "late");
    house.pass(500, "n1", "n2");

    assertThat(house.lastAssign().assignment().job()).isEqualTo("job-0");
  }

  @Test
  void parksWhoWaitsForAMinuteBehindManyOthers() {
    House large = new House(settings(2_000, 1_000), 0);
    large.node("n1", "1", NodeBeat.State.READY, 1, "m");
    int jobs = Parking.READ_AHEAD + 50;
    for (int i = 0; i < jobs; i++) {
      large.job(asking("m"));
    }
    large.beatsAgain("n1", new Fence(House.HOME, House.EPOCH, 1));
    large.pass(58_000, "n1");
    assertThat(large.core.gauges().parked()).isZero();

    large.pass(5_000, "n1");
    assertThat(large.core.gauges().parked()).isEqualTo(49);
    assertThat(large.status("job-" + Parking.READ_AHEAD)).isNull();
    assertThat(large.status("job-" + (jobs - 1))).isEqualTo(JobStatus.PARKED);

    for (int i = 0; i < jobs; i++) {
      assertThat(large.lastAssign().assignment().job()).isEqualTo("job-" + i);
      large.succeeded("job-" + i, new Fence(House.HOME, House.EPOCH, i + 1), "n1");
      large.beatsAgain("n1", new Fence(House.HOME, House.EPOCH, i + 2));
      large.pass(500, "n1");
    }
    assertThat(large.core.committable(House.HOME, Lane.JOBS)).isEqualTo(jobs);
  }

  @Test
  void aRetryThatIsFarAwayWaitsOutsideForItsMoment() {
    house.node("n1", "m");
    String job = house.job(asking("m"));
    Fence fence = house.lastAssign().assignment().fence();
    AttemptFailure slowDown = new AttemptFailure("rate_limit", "slow down", true, 300_000L);
    house.event(job, fence, House.finished("n1", AttemptOutcome.FAILED, slowDown));
    house.beatsAgain("n1");
    assertThat(house.status(job)).isEqualTo(JobStatus.QUEUED);

    house.pass(290_000, "n1");
    assertThat(house.status(job)).isEqualTo(JobStatus.PARKED);
    assertThat(house.core.committable(House.HOME, Lane.JOBS)).isEqualTo(1);
    assertThat(house.all(Effect.ReadBody.class)).isEmpty();

    house.pass(11_000, "n1");
    assertThat(house.all(Effect.Assign.class)).hasSize(2);
    assertThat(house.lastAssign().assignment().attempt()).isEqualTo(2);
    assertThat(house.lastAssign().assignment().first()).isFalse();
  }

  @Test
  void noKindOfJobTakesAllRoom() {
    for (int i = 0; i < 2 * WINDOW; i++) {
      house.job(asking("slow"));
    }
    String other = house.job(asking("other"));
    house.pass(7_000);
    assertThat(house.status(other)).isEqualTo(JobStatus.PARKED);

    house.node("n1", "1", NodeBeat.State.READY, WINDOW, "slow");
    house.pass(1_000, "n1");
    house.node("n2", "other");
    for (int i = 0; i < 3; i++) {
      house.succeeded("job-" + i, new Fence(House.HOME, House.EPOCH, i + 1), "n1");
      house.pass(500, "n2");
      house.beatsAgain("n1");
    }

    assertThat(house.status(other)).isEqualTo(JobStatus.ASSIGNED);
  }

  @Test
  void anEndingTakesNoStepTwiceWhenTheBodyComesInTheMiddle() {
    String job = house.job(asking("m").withDeadlineMs(house.now().epochMs() + 20_000));
    house.pass(19_000);
    house.holdingBack();
    house.node("n1", "m");
    house.pass(500, "n1");
    Effect.ReadBody underWay = house.last(Effect.ReadBody.class);
    house.pass(1_000, "n1");
    assertThat(house.all(Effect.Reply.class)).hasSize(1);

    house.acknowledge(underWay);
    house.acknowledge(house.last(Effect.Reply.class));
    house.acknowledge(house.last(Effect.Bury.class));

    assertThat(house.status(job)).isEqualTo(JobStatus.EXPIRED);
    assertThat(house.all(Effect.Reply.class)).hasSize(1);
    assertThat(house.all(Effect.ReadBody.class)).hasSize(1);
  }

  @Test
  void whatFindsNoPlaceOutsideKeepsTheWindowFull() {
    House narrow = new House(settings(WINDOW, 2), 0);
    for (int i = 0; i < WINDOW; i++) {
      narrow.job(asking("nobody"));
    }
    narrow.pass(500);
    narrow.job(asking("nobody"));
    narrow.job(asking("nobody"));
    narrow.pass(10_000);

    assertThat(narrow.core.gauges().parked()).isEqualTo(2);
    assertThat(narrow.core.isWindowFull()).isTrue();
  }

  @Test
  void expiresOutsideAndItsDeadLetterHasItsOwnBytes() {
    long deadlineMs = house.now().epochMs() + 20_000;
    String job = house.job(Lane.JOBS, asking("m").withDeadlineMs(deadlineMs), "{\"a\":1}");
    house.pass(10_000);
    assertThat(house.status(job)).isEqualTo(JobStatus.PARKED);

    house.pass(10_500);

    assertThat(house.status(job)).isEqualTo(JobStatus.EXPIRED);
    assertThat(((ReplyRecord.Failed) house.last(Effect.Reply.class).record()).code())
        .isEqualTo(FailureCodes.DEADLINE_EXCEEDED);
    Effect.Bury bury = house.last(Effect.Bury.class);
    assertThat(bury.value()).isEqualTo("{\"a\":1}".getBytes(StandardCharsets.UTF_8));
    assertThat(bury.headers().lastHeader(HeaderNames.DEADLINE)).isNotNull();
    assertThat(house.core.gauges().windowJobs()).isZero();
    assertThat(house.core.gauges().parked()).isZero();
  }

  @Test
  void endsWhenNobodyTookItInTime() {
    String job = house.job(impatient(15_000));
    house.pass(10_000);
    assertThat(house.status(job)).isEqualTo(JobStatus.PARKED);

    house.pass(6_000);

    assertThat(house.status(job)).isEqualTo(JobStatus.DEAD);
    assertThat(house.state(job).code()).isEqualTo(FailureCodes.NO_WORKERS_AVAILABLE);
  }

  @Test
  void isCancelledOutsideWithoutBeingRead() {
    String job = house.job(asking("m"));
    house.pass(10_000);

    house.control(new ControlRecord.Cancel(job, "enough"));
    house.settle();

    assertThat(house.status(job)).isEqualTo(JobStatus.CANCELLED);
    assertThat(house.last(Effect.Reply.class).record())
        .isEqualTo(new ReplyRecord.Cancelled("enough"));
    assertThat(house.all(Effect.ReadBody.class)).isEmpty();
    assertThat(house.core.gauges().parked()).isZero();
  }

  @Test
  void aSecondSubmitOfAParkedJobIsToldWhereTheFirstIsAnswered() {
    String job = house.job(asking("m"));
    house.pass(10_000);

    house.record(
        Lane.JOBS,
        8,
        job,
        asking("m")
            .withReplyPlace(new dev.relevo.common.protocol.ReplyPlace("relevo.replies.b", 0, 0)),
        "{}");

    ReplyRecord.Failed told = (ReplyRecord.Failed) house.last(Effect.Reply.class).record();
    assertThat(told.code()).isEqualTo(FailureCodes.ALREADY_SUBMITTED);
    assertThat(told.message()).contains(House.PLACE.topic());
  }

  @Test
  void failsHonestlyWhenItsRecordIsGone() {
    String job = house.job(asking("m"));
    house.pass(10_000);
    house.delete(Lane.JOBS, 0);

    house.node("n1", "m");
    house.pass(500, "n1");

    assertThat(house.status(job)).isEqualTo(JobStatus.DEAD);
    assertThat(house.state(job).code()).isEqualTo(FailureCodes.RECORD_GONE);
    assertThat(((ReplyRecord.Failed) house.last(Effect.Reply.class).record()).message())
        .isEqualTo(
            "the job's record at offset 0 of lane jobs, partition 3, was deleted while the job"
                + " waited");
    DeadLetter letter = house.last(Effect.Bury.class).letter();
    assertThat(letter.code()).isEqualTo(FailureCodes.RECORD_GONE);
    assertThat(letter.model()).isEqualTo("m");
    assertThat(house.last(Effect.Bury.class).value()).isNull();
    assertThat(house.all(Effect.Assign.class)).isEmpty();
  }

  @Test
  void expiresThoughItsRecordIsGone() {
    String job = house.job(asking("m").withDeadlineMs(house.now().epochMs() + 20_000));
    house.pass(10_000);
    house.delete(Lane.JOBS, 0);

    house.pass(11_000);

    assertThat(house.status(job)).isEqualTo(JobStatus.EXPIRED);
    assertThat(house.last(Effect.Bury.class).letter().code())
        .isEqualTo(FailureCodes.DEADLINE_EXCEEDED);
  }

  @Test
  void aPausedLaneStaysParked() {
    String job = house.job(asking("m"));
    house.pass(10_000);
    house.control(new ControlRecord.Pause(Lane.JOBS));

    house.node("n1", "m");
    house.pass(5_000, "n1");
    assertThat(house.status(job)).isEqualTo(JobStatus.PARKED);

    house.control(new ControlRecord.Resume(Lane.JOBS));
    house.pass(500, "n1");
    assertThat(house.status(job)).isEqualTo(JobStatus.ASSIGNED);
  }

  @Test
  void aHomeThatIsGivenUpTakesItsJobsAlong() {
    house.job(asking("m"));
    house.job(asking("other"));
    house.pass(10_000);
    house.holdingBack();
    house.node("n1", "m");
    house.pass(500, "n1");
    Effect.ReadBody late = house.last(Effect.ReadBody.class);

    house.core.close(House.HOME);
    house.core.bodyRead(late, null, house.now());

    assertThat(house.core.gauges().parked()).isZero();
    assertThat(house.core.gauges().windowJobs()).isZero();
    house.pass(500, "n1");
    assertThat(house.all(Effect.ReadBody.class)).hasSize(1);
  }

  static JobHeaders impatient(long maxWaitMs) {
    return new JobHeaders(
        House.PLACE,
        "m",
        List.of(),
        maxWaitMs,
        null,
        null,
        "t",
        5,
        null,
        Failover.SEAMLESS,
        null,
        null,
        null);
  }

  static DispatcherSettings settings(int window, int parkedMax) {
    return new SettingsLoader()
        .load(
            null,
            Map.of(
                "RELEVO_DISPATCHER_WINDOW",
                Integer.toString(window),
                "RELEVO_DISPATCHER_PARKED_MAX",
                Integer.toString(parkedMax)))
        .dispatcher();
  }
}
