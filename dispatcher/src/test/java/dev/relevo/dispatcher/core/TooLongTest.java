package dev.relevo.dispatcher.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.common.config.Settings;
import dev.relevo.common.protocol.Assignment;
import dev.relevo.common.protocol.AttemptFailure;
import dev.relevo.common.protocol.AttemptOutcome;
import dev.relevo.common.protocol.DeadLetter;
import dev.relevo.common.protocol.EventRecord;
import dev.relevo.common.protocol.FailureCodes;
import dev.relevo.common.protocol.JobStatus;
import dev.relevo.common.protocol.Lane;
import dev.relevo.common.protocol.ReplyRecord;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Jobs that are too long for a model and may be answered by another (protocol section 4). */
class TooLongTest {
  private static final String WORDS = "maximum context length is 8192 tokens";

  private final House house = new House();

  @Test
  void theNextModelIsAskedAtOnceWhoeverServesIt() {
    house.node("n1", "a");
    house.node("n2", "b");
    String job = house.job(House.ofTenant("t", 5, "a", "b"));

    tooLong(house, job, "a");

    assertThat(last(house).node()).isEqualTo("n2");
    assertThat(last(house).model()).isEqualTo("b");
    assertThat(last(house).first()).isFalse();
    assertThat(house.state(job).attemptsUsed()).isZero();
    assertThat(house.state(job).attempts())
        .singleElement()
        .satisfies(report -> assertThat(report.message()).isEqualTo(WORDS));
  }

  @Test
  void theSameNodeMayHaveItForTheNextModel() {
    house.node("n1", "a", "b");
    String job = house.job(House.ofTenant("t", 5, "a", "b"));

    tooLong(house, job, "a");

    assertThat(last(house).node()).isEqualTo("n1");
    assertThat(last(house).model()).isEqualTo("b");
  }

  @Test
  void aModelThatItWasTooLongForIsNotAskedAgainWhoeverServesIt() {
    house.node("n1", "a");
    house.node("n2", "a");
    String job = house.job(House.ofTenant("t", 5, "a", "b"));
    tooLong(house, job, "a");

    house.pass(60_000, "n1", "n2");
    assertThat(house.given()).hasSize(1);
    assertThat(house.status(job)).as("as any job that nobody serves").isEqualTo(JobStatus.PARKED);
    house.node("n3", "b");
    house.pass(500, "n1", "n2", "n3");

    assertThat(last(house).node()).isEqualTo("n3");
    assertThat(last(house).headers().fallbackModels()).containsExactly("b");
  }

  @Test
  void passesAllModelsUpToTheOneThatIsNamed() {
    house.node("n1", "a", "b", "c");
    String job = house.job(House.ofTenant("t", 5, "a", "b", "c"));

    tooLong(house, job, "b");

    assertThat(last(house).model()).isEqualTo("c");
  }

  @Test
  void aFailureOfTheNextModelUsesUpAnAttemptAsUsual() {
    house.node("n1", "a", "b");
    String job = house.job(House.ofTenant("t", 5, "a", "b"));
    tooLong(house, job, "a");

    house.accepted(job, house.lastAssign());
    house.failed(job, house.lastAssign(), true);
    house.pass(1_500, "n1");

    assertThat(house.given()).hasSize(3);
    assertThat(last(house).model()).isEqualTo("b");
    assertThat(house.state(job).attemptsUsed()).isOne();
  }

  @Test
  void failsInTheProvidersWordsWhenNoModelIsLeft() {
    house.node("n1", "a", "b");
    String job = house.job(House.ofTenant("t", 5, "a", "b"));

    tooLong(house, job, "b");
    ReplyRecord told = house.last(Effect.Reply.class).record();
    house.readBack(told);

    assertThat(told).isEqualTo(new ReplyRecord.Failed(FailureCodes.INVALID_REQUEST, WORDS, 0));
    DeadLetter letter = house.last(Effect.Bury.class).letter();
    assertThat(letter.message()).isEqualTo(WORDS);
    assertThat(letter.model()).isEqualTo("a");
    assertThat(house.status(job)).isEqualTo(JobStatus.DEAD);
  }

  @Test
  void whatNamesNoModelOfTheJobIsAFailureAsAnyOther() {
    house.node("n1", "a");
    String job = house.job(House.ofTenant("t", 5, "a", "b"));

    tooLong(house, job, "x");

    assertThat(house.state(job).attemptsUsed()).isOne();
    assertThat(house.given()).hasSize(1);
  }

  @Test
  void whoTakesTheHomeOverKnowsIt() {
    house.node("n1", "a");
    String job = house.job(House.ofTenant("t", 5, "a", "b"));
    tooLong(house, job, "a");

    House next = restarted(job);
    next.node("n1", "a");
    assertThat(next.given()).isEmpty();
    next.node("n2", "b");

    assertThat(last(next).model()).isEqualTo("b");
  }

  @Test
  void whoTakesTheHomeOverKnowsItOfAParkedJob() {
    house.node("n1", "a");
    String job = house.job(House.ofTenant("t", 5, "a", "b", "c"));
    tooLong(house, job, "a");
    house.pass(60_000, "n1");
    assertThat(house.status(job)).isEqualTo(JobStatus.PARKED);

    House next = restarted(job);
    next.node("n1", "a");
    assertThat(next.given()).isEmpty();
    next.node("n2", "b");
    next.pass(500, "n1", "n2");
    tooLong(next, job, "b");
    next.node("n3", "a", "b", "c");
    next.pass(500, "n1", "n2", "n3");

    assertThat(last(next).model()).isEqualTo("c");
  }

  @Test
  void aWordThatIsReadBeforeTheJobsRecordCounts() {
    house.node("n1", "a");
    String job = house.job(House.ofTenant("t", 5, "a", "b"));
    house.accepted(job, house.lastAssign());

    House next = House.restored(1, house.state(job));
    next.node("n1", "a", "b");
    next.event(job, last(house).fence(), refused("n1", "a"));
    assertThat(next.given()).isEmpty();
    next.record(Lane.JOBS, 0, job, last(house).headers(), "{}");

    assertThat(last(next).model()).isEqualTo("b");
  }

  private House restarted(String job) {
    return house.restarted(Settings.defaults().dispatcher(), List.of(house.state(job)));
  }

  private static void tooLong(House house, String job, String model) {
    Assignment given = last(house);
    house.accepted(job, house.lastAssign());
    house.event(job, given.fence(), refused(given.node(), model));
  }

  private static EventRecord.Finished refused(String node, String model) {
    AttemptFailure failure = new AttemptFailure(FailureCodes.CONTEXT_TOO_LONG, WORDS, true, null);
    return new EventRecord.Finished(
        node, node + "-1", AttemptOutcome.FAILED, failure, "b", model, null, null, 1, 2);
  }

  private static Assignment last(House house) {
    return house.lastAssign().assignment();
  }
}
