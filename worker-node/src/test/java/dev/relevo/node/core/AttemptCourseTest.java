package dev.relevo.node.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.relevo.common.protocol.Assignment;
import dev.relevo.common.protocol.AttemptFailure;
import dev.relevo.common.protocol.AttemptOutcome;
import dev.relevo.common.protocol.Delta;
import dev.relevo.common.protocol.Failover;
import dev.relevo.common.protocol.FailureCodes;
import dev.relevo.common.protocol.Fence;
import dev.relevo.common.protocol.FinishReason;
import dev.relevo.common.protocol.JobHeaders;
import dev.relevo.common.protocol.ReplyPlace;
import dev.relevo.common.protocol.ReplyRecord;
import dev.relevo.node.backend.Fault;
import dev.relevo.node.backend.WorkerHealth;
import dev.relevo.node.backend.WorkerInfo;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class AttemptCourseTest {
  private static final long DEADLINE_MS = 10_000;
  private static final Moment NOW = new Moment(0, 0);
  private static final Moment LATE = new Moment(DEADLINE_MS, 0);
  private static final Fence FENCE = new Fence(3, 118, 41);
  private static final RequestTraits PLAIN = new RequestTraits(true, null);

  private final BackendBoard board = new BackendBoard(BackendStrategy.LOCAL_FIRST, new Random(1));

  AttemptCourseTest() {
    add("local", 10, false);
    add("cloud", 50, true);
  }

  @Test
  void claimsAFirstAttemptAtOnceAndCallsTheBestBackend() {
    AttemptCourse course = course(true, null, Failover.SEAMLESS);

    assertThat(course.begin()).isEqualTo(new CourseStep.ClaimFirst());
    assertThat(course.goOn(NOW))
        .isInstanceOfSatisfying(
            CourseStep.Call.class,
            call -> {
              assertThat(call.backend()).isEqualTo("local");
              assertThat(call.way()).isEqualTo(new Resumption.Plain());
            });
  }

  @Test
  void acceptsALaterAttemptBeforeItClaimsAndReadsBack() {
    AttemptCourse course = course(false, null, Failover.SEAMLESS);

    assertThat(course.begin()).isEqualTo(new CourseStep.Accept(null));
    assertThat(course.accepted(NOW)).isEqualTo(new CourseStep.Claim());
    assertThat(course.claimed(17))
        .isInstanceOfSatisfying(
            CourseStep.ReadBack.class,
            step -> {
              assertThat(step.reader().from()).isEqualTo(4);
              assertThat(step.reader().to()).isEqualTo(17);
            });
    assertThat(course.readBack(Given.nothing(), 17, NOW)).isEqualTo(new CourseStep.Tell(17L));
    assertThat(course.goOn(NOW)).isInstanceOf(CourseStep.Call.class);
  }

  @Test
  void goesOnWithTheTextThatReadersHaveWhereABackendCan() {
    AttemptCourse course = course(false, 5L, Failover.SEAMLESS);
    course.begin();
    GivenReader reader = reading(course, 9);
    reader.accept(5, new Fence(3, 118, 2), new ReplyRecord.Started("attic"));
    reader.accept(6, new Fence(3, 118, 2), new ReplyRecord.Chunk(0, null, Delta.text("Because")));

    CourseStep step = course.readBack(reader.given(), reader.firstStartedOffset(), NOW);

    assertThat(step)
        .isInstanceOfSatisfying(
            CourseStep.Call.class,
            call -> {
              assertThat(call.backend()).isEqualTo("cloud");
              assertThat(call.way()).isEqualTo(new Resumption.Continue("Because"));
            });
  }

  @Test
  void reportsTheEndThatTheStreamHadAndRunsNothing() {
    AttemptCourse course = course(false, 5L, Failover.SEAMLESS);
    course.begin();
    GivenReader reader = reading(course, 9);
    reader.accept(5, new Fence(3, 118, 2), new ReplyRecord.Started("attic"));
    reader.accept(
        6,
        new Fence(3, 118, 2),
        new ReplyRecord.Done(-1, FinishReason.STOP, null, "ollama", "gemma", 1));

    CourseStep step = course.readBack(reader.given(), 5, NOW);

    assertThat(end(step).outcome()).isEqualTo(AttemptOutcome.SUCCEEDED);
  }

  @Test
  void fallsFromReplayToTheNextWayWhenItParts() {
    AttemptCourse course = course(false, 5L, Failover.RESTART);
    readHalf(course);
    course.called(broken(true), NOW, null);

    assertThat(course.called(new CallEnd.Parted(), NOW, null))
        .isInstanceOfSatisfying(
            CourseStep.Call.class,
            call -> assertThat(call.way()).isEqualTo(new Resumption.Restart()));
  }

  @Test
  void failsForGoodWhenNoWayMayGoOn() {
    AttemptCourse course = course(false, 5L, Failover.NONE);

    CourseStep step = readHalf(course);

    assertThat(step)
        .isInstanceOfSatisfying(
            CourseStep.Conclude.class,
            conclude ->
                assertThat(conclude.last())
                    .isInstanceOfSatisfying(
                        ReplyRecord.Failed.class,
                        failed -> assertThat(failed.code()).isEqualTo(FailureCodes.STREAM_BROKEN)));
    assertThat(end(course.acknowledged()).failure().retryable()).isFalse();
  }

  @Test
  void triesEveryBackendBeforeItGivesUp() {
    AttemptCourse course = course(true, null, Failover.SEAMLESS);
    course.begin();
    course.goOn(NOW);

    CourseStep second = course.called(broken(true), NOW, null);
    CourseStep last = course.called(broken(true), NOW, null);

    assertThat(second)
        .isInstanceOfSatisfying(
            CourseStep.Call.class, call -> assertThat(call.backend()).isEqualTo("cloud"));
    assertThat(last).isEqualTo(new CourseStep.Conclude(null));
    assertThat(end(course.acknowledged()).failure().retryable()).isTrue();
  }

  @Test
  void takesAFailurePastTheDeadlineForTheDeadline() {
    AttemptCourse course = course(true, null, Failover.SEAMLESS);
    course.begin();
    course.goOn(NOW);

    course.called(broken(false), LATE, null);

    assertThat(end(course.acknowledged()).outcome()).isEqualTo(AttemptOutcome.EXPIRED);
  }

  @Test
  void takesAWholeAnswerPastTheDeadlineForWhole() {
    AttemptCourse course = course(true, null, Failover.SEAMLESS);
    course.begin();
    course.goOn(NOW);

    course.called(new CallEnd.Whole(new AttemptEnd.Succeeded(null, "local", "gemma")), LATE, null);

    assertThat(end(course.acknowledged()).outcome()).isEqualTo(AttemptOutcome.SUCCEEDED);
  }

  @Test
  void doesNotSayHowAJobEndsBeforeItKnowsWhetherItHadEnded() {
    AttemptCourse course = course(false, 5L, Failover.SEAMLESS);
    course.begin();

    assertThatThrownBy(() -> course.stopped(new StopCause.Expired()))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("3.118.41");

    GivenReader reader = reading(course, 9);
    reader.accept(5, new Fence(3, 118, 2), new ReplyRecord.Started("attic"));
    reader.accept(
        6,
        new Fence(3, 118, 2),
        new ReplyRecord.Done(-1, FinishReason.STOP, null, "ollama", "gemma", 1));
    assertThat(end(course.readBack(reader.given(), 5, NOW)).outcome())
        .isEqualTo(AttemptOutcome.SUCCEEDED);
  }

  @Test
  void handsOverWithoutAWordToReaders() {
    AttemptCourse course = course(true, null, Failover.SEAMLESS);
    course.begin();

    AttemptEnd end = end(course.stopped(new StopCause.HandedOver()));

    assertThat(end.failure().code()).isEqualTo(FailureCodes.NODE_LOST);
    assertThat(end.failure().retryAfterMs()).isZero();
  }

  @Test
  void tellsAMissingReplyPlaceFromOneThatIsSlow() {
    AttemptCourse course = course(true, null, Failover.SEAMLESS);
    course.begin();
    CourseStep ask = course.stopped(new StopCause.Unwritable("timed out"));

    assertThat(ask).isEqualTo(new CourseStep.AskPlace("timed out"));
    assertThat(end(course.place(true, "timed out"))).isEqualTo(new AttemptEnd.Cancelled());
    assertThat(end(course.place(false, "timed out")).failure().retryable()).isTrue();
  }

  @Test
  void leavesALetterOfAReplayWhosePlaceIsGone() {
    AttemptCourse course = replay();
    course.begin();
    reading(course, 9);

    AttemptEnd end = end(course.place(true, "timed out"));

    assertThat(end.failure().code()).isEqualTo(FailureCodes.REPLY_GONE);
    assertThat(end.failure().retryable()).isFalse();
  }

  @Test
  void cancelsACancelledReplayWhosePlaceIsGone() {
    AttemptCourse course = replay();
    course.begin();
    GivenReader reader = reading(course, 9);
    course.readBack(reader.given(), 9, NOW);
    course.stopped(new StopCause.Cancelled("no longer needed"));
    course.refused("timed out");

    assertThat(end(course.place(true, "timed out"))).isEqualTo(new AttemptEnd.Cancelled());
  }

  @Test
  void refusesABodyThatIsNoRequest() {
    AttemptCourse course =
        new AttemptCourse(first(), () -> null, board, (name, model) -> name.equals("cloud"), 0);
    course.begin();

    assertThat(course.goOn(NOW))
        .isInstanceOfSatisfying(
            CourseStep.Conclude.class,
            conclude ->
                assertThat(((ReplyRecord.Failed) conclude.last()).code())
                    .isEqualTo(FailureCodes.INVALID_REQUEST));
  }

  private void add(String name, int priority, boolean continues) {
    WorkerInfo info =
        new WorkerInfo(name, "fake", List.of("gemma"), new WorkerInfo.Capabilities(continues), 1);
    board.add(info, priority, BackendPolicy.DEFAULT);
    board.checked(info, WorkerHealth.AVAILABLE, 0);
  }

  private AttemptCourse course(boolean first, Long startedOffset, Failover failover) {
    return new AttemptCourse(
        assignment(first, startedOffset, failover),
        () -> PLAIN,
        board,
        (name, model) -> name.equals("cloud"),
        0);
  }

  private AttemptCourse replay() {
    Assignment again = assignment(false, null, Failover.SEAMLESS, new Fence(3, 117, 8));
    return new AttemptCourse(again, () -> PLAIN, board, (name, model) -> name.equals("cloud"), 0);
  }

  private static Assignment first() {
    return assignment(true, null, Failover.SEAMLESS);
  }

  private static Assignment assignment(boolean first, Long startedOffset, Failover failover) {
    return assignment(first, startedOffset, failover, null);
  }

  private static Assignment assignment(
      boolean first, Long startedOffset, Failover failover, Fence replay) {
    JobHeaders headers =
        new JobHeaders(
            new ReplyPlace("relevo.inbox.me", 0, 4),
            "gemma",
            List.of(),
            null,
            null,
            null,
            "default",
            5,
            DEADLINE_MS,
            failover,
            null,
            replay,
            null);
    return new Assignment(
        "job", FENCE, "cellar", "incarnation", 2, first, startedOffset, null, "gemma", headers);
  }

  private static GivenReader reading(AttemptCourse course, long ownOffset) {
    return ((CourseStep.ReadBack) course.claimed(ownOffset)).reader();
  }

  private static CourseStep readHalf(AttemptCourse course) {
    course.begin();
    GivenReader reader = reading(course, 9);
    reader.accept(5, new Fence(3, 118, 2), new ReplyRecord.Started("attic"));
    reader.accept(6, new Fence(3, 118, 2), new ReplyRecord.Chunk(0, null, Delta.text("Because")));
    return course.readBack(reader.given(), reader.firstStartedOffset(), NOW);
  }

  private static CallEnd broken(boolean retryable) {
    return new CallEnd.Broken(
        new AttemptFailure(FailureCodes.BACKEND_ERROR, "it broke", retryable, null),
        retryable ? Fault.SILENT : Fault.CALLER,
        false);
  }

  private static AttemptEnd end(CourseStep step) {
    assertThat(step).isInstanceOf(CourseStep.End.class);
    return ((CourseStep.End) step).end();
  }
}
