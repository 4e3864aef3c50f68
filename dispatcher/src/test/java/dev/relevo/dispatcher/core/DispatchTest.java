package dev.relevo.dispatcher.core;

import static dev.relevo.dispatcher.core.House.asking;
import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.common.protocol.EventRecord;
import dev.relevo.common.protocol.Failover;
import dev.relevo.common.protocol.FailureCodes;
import dev.relevo.common.protocol.Fence;
import dev.relevo.common.protocol.HeaderNames;
import dev.relevo.common.protocol.JobHeaders;
import dev.relevo.common.protocol.JobStatus;
import dev.relevo.common.protocol.Lane;
import dev.relevo.common.protocol.NodeBeat;
import dev.relevo.common.protocol.ReplyPlace;
import dev.relevo.common.protocol.ReplyRecord;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.junit.jupiter.api.Test;

/** The life of a job, case by case of protocol section 4. */
class DispatchTest {
  private final House house = new House();

  @Test
  void givesANewJobToANodeThatCanTakeIt() {
    house.node("n1", "m");
    String job = house.job(asking("m"));

    Effect.Assign assign = house.lastAssign();
    assertThat(assign.assignment().job()).isEqualTo(job);
    assertThat(assign.assignment().node()).isEqualTo("n1");
    assertThat(assign.assignment().incarnation()).isEqualTo("n1-1");
    assertThat(assign.assignment().first()).isTrue();
    assertThat(assign.assignment().fence()).isEqualTo(new Fence(House.HOME, House.EPOCH, 1));
    assertThat(assign.slot()).isEqualTo(1);
    assertThat(house.status(job)).isEqualTo(JobStatus.ASSIGNED);
  }

  @Test
  void writesStateBeforeTheAssignment() {
    house.node("n1", "m");
    house.job(asking("m"));

    assertThat(house.effects).hasSize(2);
    assertThat(house.effects.getFirst()).isInstanceOf(Effect.WriteState.class);
  }

  @Test
  void keepsAJobUntilSomebodyCanTakeIt() {
    String job = house.job(asking("m"));
    house.node("other", "x");
    house.node("starting", "1", NodeBeat.State.STARTING, 4, "m");
    assertThat(house.effects).isEmpty();

    house.node("n1", "m");

    assertThat(house.lastAssign().assignment().job()).isEqualTo(job);
  }

  @Test
  void commitsAJobOnlyWhenItsEndStandsInState() {
    house.node("n1", "m");
    String first = house.job(asking("m"));
    house.job(asking("m"));
    assertThat(house.core.committable(House.HOME, Lane.JOBS)).isZero();

    house.holdingBack();
    house.succeeded(first, new Fence(House.HOME, House.EPOCH, 1), "n1");
    assertThat(house.core.committable(House.HOME, Lane.JOBS)).isZero();
    assertThat(house.core.eventsCommittable(House.HOME)).isZero();

    house.acknowledge(house.last(Effect.WriteState.class));
    assertThat(house.core.committable(House.HOME, Lane.JOBS)).isEqualTo(1);
    assertThat(house.core.eventsCommittable(House.HOME)).isEqualTo(1);
    assertThat(house.status(first)).isEqualTo(JobStatus.SUCCEEDED);
  }

  @Test
  void neverGivesANodeMoreThanItsCapacity() {
    house.node("n1", "1", NodeBeat.State.READY, 2, "m");
    String first = house.job(asking("m"));
    house.job(asking("m"));
    house.job(asking("m"));
    assertThat(house.all(Effect.Assign.class)).hasSize(2);

    house.succeeded(first, new Fence(House.HOME, House.EPOCH, 1), "n1");

    assertThat(house.all(Effect.Assign.class)).hasSize(3);
  }

  @Test
  void countsWhatOtherDispatchersGaveToANode() {
    house.node("n1", "1", NodeBeat.State.READY, 2, "m");
    house.beatsAgain("n1", new Fence(0, 5, 1), new Fence(0, 5, 2));

    house.job(asking("m"));

    assertThat(house.all(Effect.Assign.class)).isEmpty();
  }

  @Test
  void takesTheMoreUrgentFirst() {
    house.node("n1", "1", NodeBeat.State.READY, 1, "m");
    String running = house.job(asking("m"));
    house.job(Lane.BATCH, asking("m"), "{}");
    house.job(asking("m"));
    JobHeaders urgent =
        new JobHeaders(
            House.PLACE,
            "m",
            List.of(),
            null,
            null,
            null,
            "t",
            0,
            null,
            Failover.SEAMLESS,
            null,
            null,
            null);
    String first = house.job(urgent);

    house.succeeded(running, new Fence(House.HOME, House.EPOCH, 1), "n1");

    assertThat(house.lastAssign().assignment().job()).isEqualTo(first);
  }

  @Test
  void findsTheModelInTheBodyWhereNoHeaderNamesIt() {
    house.node("n1", "m");
    house.job(
        Lane.JOBS, JobHeaders.DEFAULTS, "{\"messages\":[{\"model\":\"no\"}],\"model\":\"m\"}");

    assertThat(house.lastAssign().assignment().model()).isEqualTo("m");
  }

  @Test
  void aJobThatNamesNoModelRunsOnWhateverThereIs() {
    house.node("n1", "llama*", "gemma3:4b");
    house.job(Lane.JOBS, JobHeaders.DEFAULTS, "{\"messages\":[]}");

    assertThat(house.lastAssign().assignment().model()).isEqualTo("gemma3:4b");
  }

  @Test
  void fallsBackOnlyWhenNobodyAliveHasTheModel() {
    house.node("n1", "1", NodeBeat.State.READY, 1, "a");
    house.node("n2", "b");
    JobHeaders withFallback =
        new JobHeaders(
            House.PLACE,
            "a",
            List.of("b"),
            null,
            null,
            null,
            "t",
            5,
            null,
            Failover.SEAMLESS,
            null,
            null,
            null);
    house.job(withFallback);
    assertThat(house.lastAssign().assignment().model()).isEqualTo("a");

    house.job(withFallback);
    assertThat(house.all(Effect.Assign.class)).describedAs("waits for a").hasSize(1);

    house.node("n1", "1", NodeBeat.State.DRAINING, 1, "a");
    assertThat(house.lastAssign().assignment().model()).isEqualTo("b");
  }

  @Test
  void aBusyNodeIsFullUntilItBeatsAgain() {
    house.node("n1", "m");
    String job = house.job(asking("m"));
    house.rejected(job, house.lastAssign(), EventRecord.Rejected.Reason.BUSY);
    assertThat(house.all(Effect.Assign.class)).hasSize(1);

    house.beatsAgain("n1");

    assertThat(house.all(Effect.Assign.class)).hasSize(2);
    assertThat(house.lastAssign().assignment().first()).isFalse();
    assertThat(house.lastAssign().assignment().attempt()).isEqualTo(1);
  }

  @Test
  void aSecondSubmitRunsNothingAndSaysWhereTheAnswerIs() {
    house.node("n1", "m");
    house.record(Lane.JOBS, 0, "x", asking("m"), "{}");
    ReplyPlace other = new ReplyPlace("relevo.replies.b", 0, 0);
    house.record(Lane.JOBS, 1, "x", asking("m"), "{}");
    house.record(Lane.JOBS, 2, "x", asking("m").withReplyPlace(other), "{}");

    assertThat(house.all(Effect.Assign.class)).hasSize(1);
    Effect.Reply told = house.last(Effect.Reply.class);
    assertThat(told.place()).isEqualTo(other);
    assertThat(((ReplyRecord.Failed) told.record()).message()).contains("relevo.replies.a");

    house.succeeded("x", house.lastAssign().assignment().fence(), "n1");
    house.record(Lane.JOBS, 3, "x", asking("m"), "{}");
    assertThat(house.all(Effect.Assign.class)).hasSize(1);
    assertThat(house.core.committable(House.HOME, Lane.JOBS)).isEqualTo(4);
  }

  @Test
  void aRecordThatCannotBeReadIsBuriedAndThePartitionMovesOn() {
    house.node("n1", "m");
    Headers broken = new RecordHeaders();
    broken.add(HeaderNames.PRIORITY, "high".getBytes(StandardCharsets.UTF_8));
    broken.add(HeaderNames.REPLY_TOPIC, "relevo.replies.x".getBytes(StandardCharsets.UTF_8));
    house.raw(Lane.JOBS, 0, null, new RecordHeaders(), "{}");
    house.raw(Lane.JOBS, 1, "no-model", new RecordHeaders(), "not json");
    house.raw(Lane.JOBS, 2, "bad-header", broken, "{}");
    house.raw(Lane.JOBS, 3, "empty", new RecordHeaders(), null);
    String next = house.job(asking("m"));

    assertThat(house.all(Effect.Bury.class))
        .extracting(bury -> bury.letter().message())
        .satisfiesExactly(
            message -> assertThat(message).contains("no key"),
            message -> assertThat(message).contains("not JSON"),
            message ->
                assertThat(message)
                    .isEqualTo(
                        "header relevo-priority is 'high', expected a whole number from 0 to 9"),
            message -> assertThat(message).contains("no value"));
    assertThat(house.all(Effect.Bury.class).get(2).headers()).isEqualTo(broken);
    assertThat(house.last(Effect.Reply.class).place().topic()).isEqualTo("relevo.replies.x");
    assertThat(house.lastAssign().assignment().job()).isEqualTo(next);
    house.succeeded(next, house.lastAssign().assignment().fence(), "n1");
    assertThat(house.core.committable(House.HOME, Lane.JOBS)).isEqualTo(5);
  }

  @Test
  void answersOnlyGoWhereAnswersMayGo() {
    house.node("n1", "m");
    house.job(asking("m").withReplyPlace(new ReplyPlace("payments", 0, 0)));

    assertThat(house.last(Effect.Bury.class).letter().code())
        .isEqualTo(FailureCodes.FORBIDDEN_REPLY_PLACE);
    assertThat(house.all(Effect.Assign.class)).isEmpty();
    assertThat(house.all(Effect.Reply.class)).isEmpty();
  }

  @Test
  void aJobPastItsDeadlineIsNotStarted() {
    String job = house.job(asking("m").withDeadlineMs(house.now().epochMs() + 2_000));

    house.pass(2_500);

    assertThat(((ReplyRecord.Failed) house.last(Effect.Reply.class).record()).code())
        .isEqualTo(FailureCodes.DEADLINE_EXCEEDED);
    assertThat(house.all(Effect.Settle.class)).describedAs("nobody can have had it").isEmpty();
    assertThat(house.status(job)).isEqualTo(JobStatus.EXPIRED);
    house.node("n1", "m");
    assertThat(house.all(Effect.Assign.class)).isEmpty();
  }

  @Test
  void aJobNobodyTakesInTimeFailsAsItsProducerAsked() {
    JobHeaders impatient =
        new JobHeaders(
            House.PLACE,
            "m",
            List.of(),
            1_000L,
            null,
            null,
            "t",
            5,
            null,
            Failover.SEAMLESS,
            null,
            null,
            null);
    String job = house.job(impatient);

    house.pass(1_500);

    assertThat(house.last(Effect.Bury.class).letter().code())
        .isEqualTo(FailureCodes.NO_WORKERS_AVAILABLE);
    assertThat(house.status(job)).isEqualTo(JobStatus.DEAD);
  }

  @Test
  void aReplyPlaceThatVanishedEndsTheJobAllTheSame() {
    house.holdingBack();
    String job = house.job(asking("m").withDeadlineMs(house.now().epochMs() + 100));
    house.pass(500);

    house.core.unheard(house.last(Effect.Reply.class), house.now());
    house.settle();
    house.acknowledge(house.last(Effect.Bury.class));

    assertThat(house.status(job)).isEqualTo(JobStatus.EXPIRED);
  }

  @Test
  void aFullWindowSaysSo() {
    House small = new House(ParkingTest.settings(5, 1_000), 0);
    for (int i = 0; i < 5; i++) {
      small.job(asking("m"));
    }
    assertThat(small.core.isWindowFull()).isTrue();

    small.node("n1", "m");
    small.succeeded("job-0", new Fence(House.HOME, House.EPOCH, 1), "n1");
    assertThat(small.core.isWindowFull()).describedAs("a little room is not enough").isFalse();
  }
}
