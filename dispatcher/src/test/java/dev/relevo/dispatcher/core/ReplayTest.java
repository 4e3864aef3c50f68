package dev.relevo.dispatcher.core;

import static dev.relevo.dispatcher.core.House.asking;
import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.common.protocol.ControlRecord;
import dev.relevo.common.protocol.Fence;
import dev.relevo.common.protocol.HeaderNames;
import dev.relevo.common.protocol.JobHeaders;
import dev.relevo.common.protocol.JobStatus;
import dev.relevo.common.protocol.Lane;
import dev.relevo.common.protocol.StateRecord;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.junit.jupiter.api.Test;

/** Dead letters that are run again (protocol section 4, Replay). */
class ReplayTest {
  private static final Fence OLD = new Fence(House.HOME, 50, 9);

  private final House house = new House();

  private static JobHeaders replaying(Fence letter) {
    Headers headers = new RecordHeaders();
    asking("m").writeTo(headers);
    headers.add(HeaderNames.REPLAY, letter.toString().getBytes(StandardCharsets.UTF_8));
    return JobHeaders.parse(headers);
  }

  /** A job at offset 0 that a node failed for good; says which fence its letter has. */
  private Fence dead(String job) {
    house.node("n1", "m");
    house.record(Lane.JOBS, 0, job, asking("m"), "{}");
    house.accepted(job, house.lastAssign());
    house.failed(job, house.lastAssign(), false);
    assertThat(house.status(job)).isEqualTo(JobStatus.DEAD);
    return Fence.parse(house.last(Effect.Bury.class).key());
  }

  private static void assertTakenOut(House house, Fence letter) {
    Effect.Bury last = house.last(Effect.Bury.class);
    assertThat(last.letter()).isNull();
    assertThat(last.value()).isNull();
    assertThat(last.key()).isEqualTo(letter.toString());
  }

  @Test
  void aReplayRunsADeadJobOnce() {
    Fence letter = dead("x");

    house.record(Lane.JOBS, 1, "x", replaying(letter), "{}");
    house.record(Lane.JOBS, 2, "x", replaying(letter), "{}");

    assertThat(house.all(Effect.Assign.class)).hasSize(2);
    assertTakenOut(house, letter);
    assertThat(house.lastAssign().assignment().attempt()).isEqualTo(1);
    assertThat(house.lastAssign().assignment().first()).isFalse();
    assertThat(house.lastAssign().assignment().fence().isHigherThan(letter)).isTrue();
  }

  @Test
  void aReplayThatHasRunIsNotRunAgain() {
    Fence letter = dead("x");
    house.record(Lane.JOBS, 1, "x", replaying(letter), "{}");
    house.succeeded("x", house.lastAssign().assignment().fence(), "n1");

    house.record(Lane.JOBS, 2, "x", replaying(letter), "{}");

    assertThat(house.all(Effect.Assign.class)).hasSize(2);
    assertThat(house.core.committable(House.HOME, Lane.JOBS)).isEqualTo(3);
  }

  @Test
  void aReplayOfAnotherLetterRunsNothing() {
    dead("x");

    house.record(Lane.JOBS, 1, "x", replaying(OLD), "{}");

    assertThat(house.all(Effect.Assign.class)).hasSize(1);
    assertThat(house.all(Effect.Bury.class)).hasSize(1);
  }

  @Test
  void anExpiredJobIsRunAgainToo() {
    house.record(Lane.JOBS, 0, "x", asking("m").withDeadlineMs(house.now().epochMs() + 100), "{}");
    house.pass(500);
    assertThat(house.status("x")).isEqualTo(JobStatus.EXPIRED);
    Fence letter = Fence.parse(house.last(Effect.Bury.class).key());
    house.node("n1", "m");

    house.record(Lane.JOBS, 1, "x", replaying(letter), "{}");

    assertThat(house.all(Effect.Assign.class)).hasSize(1);
    assertTakenOut(house, letter);
  }

  @Test
  void aForgottenJobIsRunAgain() {
    house.node("n1", "m");

    house.record(Lane.JOBS, 0, "x", replaying(OLD), "{}");
    house.record(Lane.JOBS, 1, "x", replaying(OLD), "{}");

    assertThat(house.all(Effect.Assign.class)).hasSize(1);
    assertTakenOut(house, OLD);
  }

  @Test
  void aLateWordOfAnEarlierAttemptDoesNotEndTheReplay() {
    Fence letter = dead("x");
    house.record(Lane.JOBS, 1, "x", replaying(letter), "{}");

    house.succeeded("x", letter, "n1");
    assertThat(house.status("x")).isEqualTo(JobStatus.ASSIGNED);

    house.succeeded("x", house.lastAssign().assignment().fence(), "n1");
    assertThat(house.status("x")).isEqualTo(JobStatus.SUCCEEDED);
  }

  @Test
  void theNextOwnerKnowsThatEarlierWordsAreVoid() {
    Fence letter = dead("job-1");
    house.record(Lane.JOBS, 1, "job-1", replaying(letter), "{}");
    StateRecord.Job queued =
        house.all(Effect.WriteState.class).stream()
            .map(Effect.WriteState::record)
            .filter(state -> state != null && state.offset() == 1)
            .findFirst()
            .orElseThrow();
    assertThat(queued.status()).isEqualTo(JobStatus.QUEUED);
    House next = House.restored(2, queued);
    next.record(Lane.JOBS, 1, "job-1", replaying(letter), "{}");

    next.succeeded("job-1", letter, "n1");

    assertThat(next.state("job-1")).isNull();
    next.node("n1", "m");
    assertThat(next.lastAssign().assignment().job()).isEqualTo("job-1");
  }

  @Test
  void theNextOwnerTakesOutALetterThatTheLastOneLeft() {
    for (JobStatus status : List.of(JobStatus.QUEUED, JobStatus.SUCCEEDED)) {
      House next = House.restored(1, RestoreTest.job(50, 0, status));

      next.record(Lane.JOBS, 0, "job-0", replaying(OLD), "{}");

      assertTakenOut(next, OLD);
    }
  }

  @Test
  void aReplaysRecordIsNotCommittedBeforeItsLetterIsOut() {
    Fence letter = dead("x");
    house.holdingBack();
    house.record(Lane.JOBS, 1, "x", replaying(letter), "{}");
    house.succeeded("x", house.lastAssign().assignment().fence(), "n1");
    house.all(Effect.WriteState.class).forEach(house::acknowledge);
    assertThat(house.status("x")).isEqualTo(JobStatus.SUCCEEDED);
    assertThat(house.core.committable(House.HOME, Lane.JOBS)).isEqualTo(1);

    house.acknowledge(house.last(Effect.Bury.class));

    assertThat(house.core.committable(House.HOME, Lane.JOBS)).isEqualTo(2);
  }

  @Test
  void anUnknownJobDoesNotTakeOutAnothersLetter() {
    Fence letter = dead("x");

    house.record(Lane.JOBS, 1, "y", replaying(letter), "{}");

    assertThat(house.last(Effect.Bury.class).letter().message())
        .isEqualTo("header relevo-replay names " + letter + ", the letter of job x");
    assertThat(house.all(Effect.Bury.class)).noneMatch(bury -> bury.letter() == null);
    house.record(Lane.JOBS, 2, "x", replaying(letter), "{}");
    assertTakenOut(house, letter);
  }

  @Test
  void aLetterOfAnotherHomeIsNotRunHere() {
    Fence foreign = new Fence(House.HOME + 1, 50, 9);

    house.record(Lane.JOBS, 0, "x", replaying(foreign), "{}");

    assertThat(house.last(Effect.Bury.class).letter().message())
        .contains("names " + foreign, "send the job to that partition");
    assertThat(house.core.committable(House.HOME, Lane.JOBS)).isEqualTo(1);
  }

  @Test
  void anOldCancelDoesNotMeanTheReplay() {
    Fence letter = dead("x");
    house.control(new ControlRecord.Cancel("x", "once"), house.now().epochMs() - 1);

    house.record(Lane.JOBS, 1, "x", replaying(letter), "{}");

    assertThat(house.status("x")).isEqualTo(JobStatus.ASSIGNED);
  }

  @Test
  void anOldCancelThatIsReadLateDoesNotMeanTheReplayEither() {
    Fence letter = dead("x");
    long cancelledMs = house.now().epochMs();
    house.pass(10);
    house.record(Lane.JOBS, 1, "x", replaying(letter), "{}");

    house.control(new ControlRecord.Cancel("x", "once"), cancelledMs);
    house.settle();

    assertThat(house.status("x")).isEqualTo(JobStatus.ASSIGNED);
    house.pass(700);
    assertThat(house.all(Effect.Settle.class)).isEmpty();
  }

  @Test
  void aCancelFromAfterTheReplayMeansItAlsoWhereItIsReadBefore() {
    Fence letter = dead("x");
    house.control(new ControlRecord.Cancel("x", "once"), house.now().epochMs());
    house.control(new ControlRecord.Cancel("x", "enough"), house.now().epochMs() + 20);
    // The partition's next leader has a clock that is behind.
    house.control(new ControlRecord.Cancel("x", "please"), house.now().epochMs() - 20);

    house.pass(10);
    house.record(Lane.JOBS, 1, "x", replaying(letter), "{}");

    assertThat(house.last(Effect.Settle.class).record().status()).isEqualTo(JobStatus.CANCELLED);
  }

  @Test
  void nodesAreToldWhenAReplayCame() {
    Fence letter = dead("x");
    house.pass(10);

    house.record(Lane.JOBS, 1, "x", replaying(letter), "{}");

    assertThat(house.lastAssign().assignment().replayedAtMs()).isEqualTo(house.now().epochMs());
  }

  @Test
  void theNextOwnerKnowsWhichCancelsMeanAReplay() {
    Fence letter = dead("x");
    house.pass(10);
    house.record(Lane.JOBS, 1, "x", replaying(letter), "{}");
    StateRecord.Job running = house.state("x");
    long replayedMs = house.now().epochMs();

    assertThat(running.replayedAtMs()).isEqualTo(replayedMs);
    for (long cancelledMs : List.of(replayedMs - 1, replayedMs)) {
      House heir = House.restored(2, running);
      heir.pass(10);
      heir.control(new ControlRecord.Cancel("job-1", "enough"), cancelledMs);
      heir.record(Lane.JOBS, 1, "job-1", replaying(letter), "{}");

      assertThat(heir.all(Effect.Settle.class))
          .as("cancelled at %d", cancelledMs)
          .hasSize(cancelledMs == replayedMs ? 1 : 0);
    }
  }
}
