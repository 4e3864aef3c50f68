package dev.relevo.node.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.common.config.LimitSettings;
import dev.relevo.common.protocol.Assignment;
import dev.relevo.common.protocol.AttemptFailure;
import dev.relevo.common.protocol.Delta;
import dev.relevo.common.protocol.Failover;
import dev.relevo.common.protocol.FailureCodes;
import dev.relevo.common.protocol.Fence;
import dev.relevo.common.protocol.JobHeaders;
import dev.relevo.common.protocol.ReplyRecord;
import dev.relevo.node.backend.Fault;
import dev.relevo.node.backend.WorkerHealth;
import dev.relevo.node.backend.WorkerInfo;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Which backend and model an attempt tries after one has failed it. */
class PooledCourseTest {
  private static final long DEADLINE_MS = 60_000;

  private final BackendBoard board = new BackendBoard(BackendStrategy.LOCAL_FIRST, new Random(1));
  private final List<String> tried = new ArrayList<>();
  private long nowMs;

  PooledCourseTest() {
    add("local", 10, BackendPolicy.DEFAULT, "gemma");
    add("cloud", 50, BackendPolicy.DEFAULT, "gemma", "mini");
  }

  @Test
  void triesTheOtherBackendAtOnceAndWaitsOnlyThen() {
    AttemptCourse course = course();
    CourseStep step = course.goOn(now());

    step = fails(course, step, Fault.SERVER);
    step = fails(course, step, Fault.UNREACHABLE);

    assertThat(tried).containsExactly("local gemma", "cloud gemma");
    assertThat(((CourseStep.Wait) step).nanos())
        .isBetween(TimeUnit.MILLISECONDS.toNanos(400), TimeUnit.MILLISECONDS.toNanos(600));
  }

  @Test
  void givesUpWhenEveryBackendWasAskedAsOftenAsItsSettingsAllow() {
    AttemptCourse course = course();

    AttemptEnd end = end(course, run(course, Fault.SERVER));

    assertThat(tried).hasSize(6).startsWith("local gemma", "cloud gemma");
    assertThat(tried).filteredOn("local gemma"::equals).hasSize(3);
    assertThat(end.failure().retryable()).isTrue();
    assertThat(nowMs).as("half a second and a second, each in parallel").isBetween(1_200L, 2_000L);
  }

  @Test
  void waitsAsLongAsTheProviderAsks() {
    AttemptCourse course = course();
    CourseStep step = course.goOn(now());
    step = fails(course, step, Fault.RATE_LIMITED, 3_000L, false);
    step = fails(course, step, Fault.SILENT);

    step = waits(course, step);

    assertThat(nowMs).isEqualTo(3_000);
    assertThat(((CourseStep.Call) step).backend()).isEqualTo("local");
  }

  @Test
  void doesNotWaitForLongerThanItsBackOffButSaysHowLong() {
    AttemptCourse course = course();
    CourseStep step = course.goOn(now());
    step = fails(course, step, Fault.SILENT);

    step = fails(course, step, Fault.RATE_LIMITED, 20_000L, false);

    assertThat(end(course, step).failure().retryAfterMs()).isEqualTo(20_000);
    assertThat(nowMs).isZero();
  }

  @Test
  void doesNotWaitPastTheDeadline() {
    nowMs = DEADLINE_MS - 300;
    AttemptCourse course = course();
    CourseStep step = course.goOn(now());
    step = fails(course, step, Fault.SERVER);

    step = fails(course, step, Fault.SERVER);

    assertThat(end(course, step).failure().retryable()).isTrue();
  }

  @Test
  void asksABackendThatWasSilentNothingMoreForThisJob() {
    AttemptCourse course = course("mini");
    CourseStep step = course.goOn(now());
    step = fails(course, step, Fault.SILENT);

    step = fails(course, step, Fault.SILENT);

    assertThat(tried).containsExactly("local gemma", "cloud gemma");
    assertThat(end(course, step).failure().retryable()).isTrue();
  }

  @Test
  void comesToAFallbackModelWhenNobodyAnswersWithTheJobsOwn() {
    AttemptCourse course = course("nobody-has-it", "mini");

    AttemptEnd end = end(course, run(course, Fault.MODEL_MISSING));

    assertThat(tried).containsExactly("local gemma", "cloud gemma", "cloud mini");
    assertThat(end.failure().retryable()).isTrue();
  }

  @Test
  void looksOnlyAtFallbacksThatTheDispatcherHasNotPassed() {
    AttemptCourse course =
        new AttemptCourse(
            assignment("mini", List.of("gemma", "mini")),
            PooledCourseTest::traits,
            board,
            (n, m) -> false,
            0);
    course.begin();

    run(course, Fault.MODEL_MISSING);

    assertThat(tried).containsExactly("cloud mini");
  }

  @Test
  void neverAsksAModelAgainThatTheRequestIsTooLongFor() {
    AttemptCourse course = course("mini");

    CourseStep step = fails(course, course.goOn(now()), Fault.CONTEXT_TOO_LONG);

    assertThat(call(step).model()).isEqualTo("mini");
    assertThat(tried).containsExactly("local gemma");
  }

  @Test
  void tellsTheCallerThatTheRequestIsTooLongWhereNoOtherModelMayDoIt() {
    AttemptCourse course = course();

    CourseStep step = fails(course, course.goOn(now()), Fault.CONTEXT_TOO_LONG);

    assertThat(((CourseStep.Conclude) step).last())
        .isEqualTo(new ReplyRecord.Failed("code", "the provider's words", 1));
    assertThat(end(course, step).failure().retryable()).isFalse();
  }

  @Test
  void leavesFallbackModelsThatItDoesNotServeToOthers() {
    AttemptCourse course = course("elsewhere");

    CourseStep step = fails(course, course.goOn(now()), Fault.CONTEXT_TOO_LONG);

    assertThat(((CourseStep.Conclude) step).last()).as("readers may still have an answer").isNull();
    assertThat(end(course, step)).isEqualTo(tooLongFor("local", "gemma"));
  }

  @Test
  void aFallbackModelThatFailsAsWellIsTheDispatchersToTryAgain() {
    AttemptCourse course = course("mini");
    CourseStep step = fails(course, course.goOn(now()), Fault.CONTEXT_TOO_LONG);

    step = fails(course, step, Fault.SILENT);

    assertThat(end(course, step)).isEqualTo(tooLongFor("local", "gemma"));
  }

  @Test
  void aRequestTooLongForTheLastModelOfItsListIsTheCallersToKnow() {
    AttemptCourse course = course("mini");
    CourseStep step = fails(course, course.goOn(now()), Fault.CONTEXT_TOO_LONG);

    step = fails(course, step, Fault.CONTEXT_TOO_LONG);

    assertThat(((CourseStep.Conclude) step).last())
        .isEqualTo(new ReplyRecord.Failed("code", "the provider's words", 1));
  }

  private static AttemptEnd tooLongFor(String backend, String model) {
    AttemptFailure failure =
        new AttemptFailure(FailureCodes.CONTEXT_TOO_LONG, "the provider's words", true, null);
    return new AttemptEnd.TooLong(failure, backend, model);
  }

  @Test
  void neverTriesACallersMistakeAgain() {
    AttemptCourse course = course("mini");

    CourseStep step = fails(course, course.goOn(now()), Fault.CALLER);

    assertThat(((CourseStep.Conclude) step).last())
        .isEqualTo(new ReplyRecord.Failed("code", "the provider's words", 1));
  }

  @Test
  void doesNotAskABackendAgainThatHasBegunItsAnswer() {
    AttemptCourse course = course();
    CourseStep step = course.goOn(now());
    say(step, "Hel");
    step = fails(course, step, Fault.CUT, null, true);
    assertThat(call(step).backend()).isEqualTo("cloud");
    assertThat(call(step).way()).isEqualTo(new Resumption.Replay());

    step = fails(course, step, Fault.SILENT);

    assertThat(end(course, step).failure().retryable()).isTrue();
    assertThat(tried).containsExactly("local gemma", "cloud gemma");
  }

  @Test
  void lettingAnotherModelRepeatWhatReadersHaveIsNotTried() {
    AttemptCourse course = course("mini");
    CourseStep step = course.goOn(now());
    say(step, "Hel");
    step = fails(course, step, Fault.CUT, null, true);

    step = fails(course, step, Fault.MODEL_MISSING);

    assertThat(end(course, step).failure().retryable()).isTrue();
    assertThat(tried).containsExactly("local gemma", "cloud gemma");
    assertThat(board.take("cloud", 1, 0)).as("no leave is kept").isNotNull();
  }

  @Test
  void asksABackendThatDoesNotContinueAnAnswerForAWholeOneAtOnce() {
    AttemptCourse course =
        new AttemptCourse(
            assignment("gemma", List.of()), PooledCourseTest::traits, board, (n, m) -> true, 0);
    course.begin();
    CourseStep step = course.goOn(now());
    say(step, "Hel");
    step = fails(course, step, Fault.CUT, null, true);
    assertThat(call(step).way()).isEqualTo(new Resumption.Continue("Hel"));

    step = fails(course, step, Fault.PREFIX_REFUSED);

    assertThat(call(step).backend()).isEqualTo("cloud");
    assertThat(call(step).way()).isEqualTo(new Resumption.Replay());
  }

  @Test
  void passesOverABackendThatIsFull() {
    add("small", 1, limited(new LimitSettings(1, 0, 0)), "gemma");
    Ticket other = board.take("small", 1, 0);
    AttemptCourse course = course();

    assertThat(call(course.goOn(now())).backend()).isEqualTo("local");
    board.ended(other, CallReport.WELL, 0);
    assertThat(call(course().goOn(now())).backend()).isEqualTo("small");
  }

  @Test
  void waitsAWhileForTheOnlyBackendAndTriesNothingIfItStaysFull() {
    add("small", 1, limited(new LimitSettings(1, 0, 0)), "tiny");
    Ticket other = board.take("small", 1, 0);
    AttemptCourse course =
        new AttemptCourse(
            assignment("tiny", List.of()), PooledCourseTest::traits, board, (n, m) -> false, 0);
    course.begin();
    CourseStep step = course.goOn(now());
    while (step instanceof CourseStep.Wait) {
      step = waits(course, step);
    }
    assertThat(nowMs).isBetween(4_900L, 5_000L);
    assertThat(end(course, step).failure().code()).isEqualTo(FailureCodes.BACKEND_BUSY);
    assertThat(end(course, step).failure().retryable()).isTrue();

    AttemptCourse second =
        new AttemptCourse(
            assignment("tiny", List.of()), PooledCourseTest::traits, board, (n, m) -> false, 0);
    second.begin();
    step = second.goOn(now());
    board.ended(other, CallReport.WELL, nanos());
    assertThat(call(waits(second, step)).backend()).isEqualTo("small");
  }

  @Test
  void leavesABackendAloneWhoseBreakerIsOpen() {
    for (int i = 0; i < 5; i++) {
      Ticket ticket = board.take("local", 1, 0);
      board.ended(ticket, CallReport.failed(Fault.SERVER, null), 0);
    }

    assertThat(call(course().goOn(now())).backend()).isEqualTo("cloud");
  }

  @Test
  void aWaitEndsWhenTheAttemptIsStopped() {
    AttemptCourse course = course();
    CourseStep step = fails(course, course.goOn(now()), Fault.SERVER);
    step = fails(course, step, Fault.SERVER);
    assertThat(step).isInstanceOf(CourseStep.Wait.class);

    step = course.stopped(new StopCause.Cancelled("enough"));

    assertThat(end(course, step)).isEqualTo(new AttemptEnd.Cancelled());
  }

  private void add(String name, int priority, BackendPolicy policy, String... models) {
    WorkerInfo info =
        new WorkerInfo(name, "fake", List.of(models), new WorkerInfo.Capabilities(true), 1);
    board.add(info, priority, policy);
    board.checked(info, WorkerHealth.AVAILABLE, 0);
  }

  private static BackendPolicy limited(LimitSettings limits) {
    return new BackendPolicy(
        BackendPolicy.DEFAULT.retry(), BackendPolicy.DEFAULT.breaker(), limits);
  }

  private AttemptCourse course(String... fallbacks) {
    AttemptCourse course =
        new AttemptCourse(
            assignment("gemma", List.of(fallbacks)),
            PooledCourseTest::traits,
            board,
            (n, m) -> false,
            0);
    course.begin();
    return course;
  }

  private static RequestTraits traits() {
    return new RequestTraits(true, null);
  }

  private static Assignment assignment(String model, List<String> fallbacks) {
    JobHeaders headers =
        new JobHeaders(
            null,
            model,
            fallbacks,
            null,
            null,
            null,
            "default",
            5,
            DEADLINE_MS,
            Failover.SEAMLESS,
            null,
            null,
            null);
    return new Assignment(
        "job", new Fence(0, 1, 1), "cellar", "incarnation", 1, true, null, null, model, headers);
  }

  /** Every call fails in one way, and every wait is waited for. */
  private CourseStep run(AttemptCourse course, Fault fault) {
    CourseStep step = course.goOn(now());
    while (!(step instanceof CourseStep.Conclude)) {
      step = step instanceof CourseStep.Wait ? waits(course, step) : fails(course, step, fault);
    }
    return step;
  }

  private CourseStep fails(AttemptCourse course, CourseStep step, Fault fault) {
    return fails(course, step, fault, null, false);
  }

  private CourseStep fails(
      AttemptCourse course, CourseStep step, Fault fault, Long retryAfterMs, boolean emitted) {
    CourseStep.Call call = call(step);
    tried.add(call.backend() + " " + call.model());
    board.ended(call.ticket(), CallReport.failed(fault, retryAfterMs), nanos());
    AttemptFailure failure =
        new AttemptFailure("code", "the provider's words", fault.elsewhere(), retryAfterMs);
    return course.called(new CallEnd.Broken(failure, fault, emitted), now(), null);
  }

  private CourseStep waits(AttemptCourse course, CourseStep step) {
    nowMs += (((CourseStep.Wait) step).nanos() + 999_999) / 1_000_000;
    return course.waited(now());
  }

  private static void say(CourseStep step, String text) {
    AnswerStream answer = call(step).answer();
    answer.begin(call(step).way(), 0);
    answer.accept(0, Delta.text(text), 0);
  }

  private static CourseStep.Call call(CourseStep step) {
    assertThat(step).isInstanceOf(CourseStep.Call.class);
    return (CourseStep.Call) step;
  }

  private static AttemptEnd end(AttemptCourse course, CourseStep step) {
    assertThat(step).isInstanceOf(CourseStep.Conclude.class);
    return ((CourseStep.End) course.acknowledged()).end();
  }

  private Moment now() {
    return new Moment(nowMs, nanos());
  }

  private long nanos() {
    return TimeUnit.MILLISECONDS.toNanos(nowMs);
  }
}
