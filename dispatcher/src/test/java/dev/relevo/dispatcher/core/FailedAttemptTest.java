package dev.relevo.dispatcher.core;

import static dev.relevo.dispatcher.core.House.asking;
import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.common.protocol.ControlRecord;
import dev.relevo.common.protocol.DeadLetter;
import dev.relevo.common.protocol.FailureCodes;
import dev.relevo.common.protocol.Fence;
import dev.relevo.common.protocol.FinishReason;
import dev.relevo.common.protocol.JobStatus;
import dev.relevo.common.protocol.Lane;
import dev.relevo.common.protocol.NodeBeat;
import dev.relevo.common.protocol.ReplyRecord;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** Attempts that fail or are lost, and what their jobs do then (protocol section 4). */
class FailedAttemptTest {
  private final House house = new House();

  @Test
  void aRetryableFailureGoesToAnotherNodeAfterAPause() {
    house.node("n1", "m");
    house.node("n2", "m");
    String job = house.job(asking("m"));
    String firstNode = house.lastAssign().assignment().node();
    house.accepted(job, house.lastAssign());
    house.failed(job, house.lastAssign(), true);
    assertThat(house.status(job)).isEqualTo(JobStatus.QUEUED);
    assertThat(house.all(Effect.Assign.class)).hasSize(1);

    house.pass(1_500, "n1", "n2");

    assertThat(house.all(Effect.Assign.class)).hasSize(2);
    assertThat(house.lastAssign().assignment().node()).isNotEqualTo(firstNode);
    assertThat(house.lastAssign().assignment().attempt()).isEqualTo(2);
    assertThat(house.lastAssign().assignment().first()).isFalse();
  }

  @Test
  void aFailureThatIsTheCallersFaultIsBuriedAtOnce() {
    house.node("n1", "m");
    String job = house.job(Lane.JOBS, asking("m"), "{\"x\":1}");
    house.accepted(job, house.lastAssign());
    house.failed(job, house.lastAssign(), false);

    Effect.Bury bury = house.last(Effect.Bury.class);
    assertThat(new String(bury.value(), StandardCharsets.UTF_8)).isEqualTo("{\"x\":1}");
    assertThat(bury.letter().attempts()).hasSize(1);
    assertThat(bury.letter().attempts().getFirst().message()).isEqualTo("503 from ollama");
    assertThat(house.all(Effect.Reply.class)).describedAs("the node told the reader").isEmpty();
    assertThat(house.status(job)).isEqualTo(JobStatus.DEAD);
  }

  @Test
  void outOfAttemptsSettlesTellsReadsBackAndBuries() {
    house.node("n1", "m");
    String job = house.job(asking("m"));
    for (int i = 0; i < 3; i++) {
      house.accepted(job, house.lastAssign());
      int before = house.all(Effect.Assign.class).size();
      house.failed(job, house.lastAssign(), true);
      house.beatsAgain("n1");
      while (i < 2 && house.all(Effect.Assign.class).size() == before) {
        house.pass(500, "n1");
      }
    }
    Fence settled = house.last(Effect.Settle.class).fence();
    assertThat(settled.isHigherThan(house.lastAssign().assignment().fence())).isTrue();
    Effect.Reply reply = house.last(Effect.Reply.class);
    assertThat(reply.fence()).isEqualTo(settled);
    assertThat(reply.record()).isInstanceOf(ReplyRecord.Failed.class);
    assertThat(house.all(Effect.Bury.class)).describedAs("not before the read-back").isEmpty();

    house.readBack(reply.record());

    DeadLetter letter = house.last(Effect.Bury.class).letter();
    assertThat(letter.code()).isEqualTo(FailureCodes.ATTEMPTS_EXHAUSTED);
    assertThat(letter.attempts()).hasSize(3);
    assertThat(house.status(job)).isEqualTo(JobStatus.DEAD);
    assertThat(house.core.committable(House.HOME, Lane.JOBS)).isEqualTo(1);
  }

  @Test
  void whatEndedTheStreamFirstIsTheOutcome() {
    house.node("n1", "m");
    String job = house.job(asking("m"));
    house.accepted(job, house.lastAssign());
    house.pass(20_000);
    house.node("n1", "m");
    house.control(new ControlRecord.Cancel(job, "enough"));
    house.pass(3_000, "n1");
    assertThat(house.last(Effect.Reply.class).record()).isInstanceOf(ReplyRecord.Cancelled.class);

    house.readBack(new ReplyRecord.Done(0, FinishReason.STOP, null, "b", "m", 1));

    assertThat(house.status(job)).isEqualTo(JobStatus.SUCCEEDED);
    assertThat(house.all(Effect.Bury.class)).isEmpty();
  }

  @Test
  void aSilentNodeLosesItsAttemptsToAnotherOne() {
    house.node("n1", "m");
    String job = house.job(asking("m"));
    Fence lost = house.lastAssign().assignment().fence();
    house.accepted(job, house.lastAssign());
    house.node("n2", "m");

    house.pass(3_500, "n2");

    assertThat(house.lastAssign().assignment().node()).isEqualTo("n2");
    assertThat(house.lastAssign().assignment().fence().isHigherThan(lost)).isTrue();
    assertThat(house.state(job).attemptsUsed()).isEqualTo(1);
  }

  @Test
  void nobodyIsExpiredWhileOurOwnBeatsAreLate() {
    house.node("n1", "m");
    String job = house.job(asking("m"));
    house.accepted(job, house.lastAssign());
    house.node("n2", "m");
    house.ownBeatsLate(true);

    house.pass(10_000);

    assertThat(house.all(Effect.Assign.class)).hasSize(1);
    assertThat(house.status(job)).isEqualTo(JobStatus.ASSIGNED);
  }

  @Test
  void aNodeStartedAnewLosesWhatItHadAtOnce() {
    house.node("n1", "m");
    String job = house.job(asking("m"));
    house.accepted(job, house.lastAssign());
    house.pass(2_000);

    house.node("n1", "2", NodeBeat.State.READY, 4, "m");

    assertThat(house.lastAssign().assignment().incarnation()).isEqualTo("n1-2");
    assertThat(house.state(job).attemptsUsed()).isEqualTo(1);
  }

  @Test
  void aNodeThatReadTheAssignmentAndDoesNotListItLosesIt() {
    house.node("n1", "m");
    house.job(asking("m"));
    house.node("n2", "m");
    house.beatsAgain("n1");

    house.pass(1_500, "n1", "n2");
    assertThat(house.all(Effect.Assign.class)).hasSize(1);
    house.pass(1_500, "n1", "n2");

    assertThat(house.lastAssign().assignment().node()).isEqualTo("n2");
  }

  @Test
  void aNodeThatListsItsAttemptKeepsItHoweverLongNoTokenComes() {
    house.node("n1", "m");
    house.job(asking("m"));
    house.node("n2", "m");
    house.beatsAgain("n1", house.lastAssign().assignment().fence());

    house.pass(120_000, "n1", "n2");

    assertThat(house.all(Effect.Assign.class)).hasSize(1);
  }

  @Test
  void aLateWinnerCountsWhenNobodyClaimedTheJobSince() {
    house.node("n1", "m");
    String job = house.job(asking("m"));
    Fence old = house.lastAssign().assignment().fence();
    house.accepted(job, house.lastAssign());
    house.node("n2", "m");
    house.pass(3_500, "n2");
    assertThat(house.lastAssign().assignment().node()).isEqualTo("n2");

    house.succeeded(job, old, "n1");

    assertThat(house.status(job)).isEqualTo(JobStatus.SUCCEEDED);
  }

  @Test
  void aZombieIsVoidOnceAnotherAttemptWasAccepted() {
    house.node("n1", "m");
    String job = house.job(asking("m"));
    Fence old = house.lastAssign().assignment().fence();
    house.accepted(job, house.lastAssign());
    house.node("n2", "m");
    house.pass(3_500, "n2");
    house.accepted(job, house.lastAssign());

    house.succeeded(job, old, "n1");

    assertThat(house.status(job)).isEqualTo(JobStatus.ASSIGNED);
    house.succeeded(job, house.lastAssign().assignment().fence(), "n2");
    assertThat(house.status(job)).isEqualTo(JobStatus.SUCCEEDED);
  }
}
