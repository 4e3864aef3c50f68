package dev.relevo.launcher.storm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.launcher.Words;
import dev.relevo.launcher.storm.Problem.Kind;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.junit.jupiter.api.Test;

/** Each promise that is not kept is noticed, and nothing else is. */
class StormAccountTest {
  private static final String WHOLE = Words.ECHO_SAYS + "one two three";
  private static final String BODY = Words.request("echo", "one two three");

  private String model = "echo";
  private String failover = "seamless";
  private long deadlineMs = JobPlan.NEVER;
  private long cancelAtMs = JobPlan.NEVER;
  private Heard live = new Heard(WHOLE, "done", "");
  private Heard late = live;
  private Heard elsewhere;
  private long endedAtMs = 2_000;
  private final List<LogEntry> replies = new ArrayList<>();
  private final List<JobState> states = new ArrayList<>(List.of(state("SUCCEEDED", "3.7.1")));
  private final List<Life.Span> outages = new ArrayList<>();
  private final List<Letter> letters = new ArrayList<>();

  private static LogEntry entry(String topic, long offset, String value) {
    return new LogEntry(topic, 3, offset, 0, "job", new RecordHeaders(), value);
  }

  private static JobState state(String status, String fence) {
    return new JobState(true, status, fence, "", 1, entry("relevo.state", 9, ""));
  }

  private static Letter letter(String fence, String value) {
    return new Letter(fence, "job", fence, "attempts_exhausted", entry("relevo.dead", 4, value));
  }

  private JobCase job() {
    JobPlan plan =
        new JobPlan(
            "job",
            3,
            "jobs",
            model,
            "one two three",
            failover,
            0,
            "default",
            5,
            JobPlan.Place.INBOX,
            100,
            deadlineMs,
            JobPlan.NEVER,
            cancelAtMs,
            List.of());
    Taken cancel = plan.isCancelled() ? new Taken(0, 1, cancelAtMs) : null;
    return new JobCase(
        plan,
        new Taken(3, 5, 100),
        cancel,
        live,
        late,
        elsewhere,
        endedAtMs,
        replies,
        states,
        letters,
        BODY);
  }

  private void assertFound(Kind... kinds) {
    assertThat(StormAccount.judge(List.of(job()), List.of(), letters, outages))
        .extracting(Problem::kind)
        .containsExactly(kinds);
  }

  private void hears(String text, String ending, String code) {
    late = new Heard(text, ending, code);
    live = late;
  }

  private void stateSays(String status) {
    states.set(0, state(status, "3.7.1"));
  }

  private void failsAfter(int attempts, String code) {
    hears("This is ", "failed", code);
    replies.add(
        entry("relevo.inbox.storm", 1, "{\"type\":\"failed\",\"attempts\":" + attempts + "}"));
    stateSays("DEAD");
    letters.add(letter("3.7.1", BODY));
  }

  @Test
  void aWholeAnswerIsAllRight() {
    assertFound();
  }

  @Test
  void aJobWithoutAnEndIsLost() {
    hears(WHOLE, "", "");
    states.set(0, state("RUNNING", "3.7.1"));
    assertFound(Kind.LOST, Kind.STATE);
  }

  @Test
  void halfAnAnswerThatLooksFinishedIsCut() {
    hears("This is the", "done", "");
    assertFound(Kind.CUT);
  }

  @Test
  void aTextThatStandsTwiceIsDoubled() {
    hears(WHOLE + " three", "done", "");
    assertFound(Kind.DOUBLED);
  }

  @Test
  void anotherTextIsMixed() {
    hears("This was ", "done", "");
    assertFound(Kind.MIXED);
  }

  @Test
  void readersHaveToAgree() {
    live = new Heard("This is ", "done", "");
    assertFound(Kind.READERS);
  }

  @Test
  void theReasonOfAnEndIsTheJobsOwn() {
    failsAfter(1, "invalid_request");
    assertFound(Kind.ENDING);
  }

  @Test
  void onlyWhatWasCancelledIsCancelled() {
    hears("This is ", "cancelled", "");
    stateSays("CANCELLED");
    assertFound(Kind.ENDING);
    cancelAtMs = 1_500;
    assertFound();
  }

  @Test
  void aCancelHasItsEffectInTime() {
    cancelAtMs = 1_500;
    assertFound();
    endedAtMs = 1_501 + StormAccount.EFFECT_BOUND_MS;
    assertFound(Kind.LATE);
  }

  @Test
  void aDeadlineHasItsEffectInTime() {
    deadlineMs = 1_000;
    assertFound();
    endedAtMs = 1_101 + StormAccount.EFFECT_BOUND_MS;
    assertFound(Kind.LATE);
    outages.add(new Life.Span(Life.State.DOWN, 500, 1_500));
    assertFound();
    endedAtMs = 1_501 + StormAccount.EFFECT_BOUND_MS;
    assertFound(Kind.LATE);
  }

  @Test
  void aFailureOfTheModelMayOnlyLastWhereTheDeadlineLeavesNoTimeForAnother() {
    model = JobPlan.FAILING_MODEL;
    failsAfter(1, "backend_error");
    assertFound(Kind.ENDING);
    deadlineMs = 5_000;
    assertFound();
  }

  @Test
  void allAttemptsAreMadeBeforeItIsGivenUp() {
    failsAfter(2, "attempts_exhausted");
    assertFound(Kind.ENDING);
    replies.clear();
    letters.clear();
    failsAfter(3, "attempts_exhausted");
    assertFound();
  }

  @Test
  void onlyWhoForbidsAHandOverIsToldThatTheStreamBroke() {
    failsAfter(1, "stream_broken");
    assertFound(Kind.ENDING);
    failover = "none";
    assertFound();
  }

  @Test
  void nobodyIsExpiredWithoutADeadline() {
    failsAfter(1, "deadline_exceeded");
    stateSays("EXPIRED");
    assertFound(Kind.ENDING, Kind.STATE);
    deadlineMs = 1_000;
    assertFound();
  }

  @Test
  void stateSaysWhatTheStreamSays() {
    stateSays("CANCELLED");
    assertFound(Kind.STATE);
  }

  @Test
  void stateNeverTakesAnEndBack() {
    states.addFirst(state("CANCELLED", "3.7.1"));
    assertFound(Kind.DOUBLED);
  }

  @Test
  void whoIsDeadHasALetterAndNobodyElse() {
    letters.add(letter("3.7.1", BODY));
    assertFound(Kind.LETTER);
    letters.clear();
    failsAfter(3, "attempts_exhausted");
    letters.clear();
    assertFound(Kind.LETTER);
    letters.add(letter("3.7.1", "something else"));
    assertFound(Kind.LETTER);
  }

  @Test
  void aLetterMayOnlyBeVoidBelowTheOneThatStateNames() {
    failsAfter(3, "attempts_exhausted");
    letters.add(letter("3.6.9", BODY));
    assertFound();
    letters.set(1, letter("3.7.2", BODY));
    assertFound(Kind.LETTER);
  }

  @Test
  void whoSubmitsAgainElsewhereIsToldSo() {
    elsewhere = new Heard("", "failed", "already_submitted");
    assertFound();
    elsewhere = new Heard(WHOLE, "done", "");
    assertFound(Kind.DOUBLED);
  }

  @Test
  void poisonHasItsLetterAndLettersAreSomebodys() {
    PoisonPlan plan = new PoisonPlan("bad", 3, "batch", PoisonPlan.Kind.NOT_JSON, 0);
    LogEntry dead = entry("relevo.dead", 8, "{no");
    Letter own = new Letter("3.batch.5", "bad", "", "malformed_record", dead);
    Heard told = new Heard("", "failed", "malformed_record");
    PoisonCase good = PoisonCase.of(plan, new Taken(3, 5, 1), List.of(own), told, "{no");
    PoisonCase unlettered = PoisonCase.of(plan, new Taken(3, 6, 1), List.of(own), told, "{no");

    assertThat(StormAccount.judge(List.of(), List.of(good), List.of(own), outages)).isEmpty();
    assertThat(StormAccount.judge(List.of(), List.of(unlettered), List.of(own), outages))
        .extracting(Problem::kind)
        .containsExactly(Kind.POISON, Kind.LETTER);
  }

  @Test
  void whatALateOwnerWroteDoesNotCount() {
    LogEntry first = stateEntry("\u0001opened", 4, "{\"type\":\"opened\",\"dispatcher\":\"d\"}");
    LogEntry second = stateEntry("\u0001opened", 6, "{\"type\":\"opened\",\"dispatcher\":\"e\"}");
    LogEntry good = stateEntry("job", 7, "{\"type\":\"job\",\"epoch\":6,\"status\":\"SUCCEEDED\"}");
    LogEntry stale = stateEntry("job", 8, "{\"type\":\"job\",\"epoch\":4,\"status\":\"DEAD\"}");

    List<JobState> read = JobState.byJob(List.of(first, second, good, stale)).get("job");

    assertThat(read).extracting(JobState::counts).containsExactly(true, false);
    states.clear();
    states.addAll(read);
    assertFound();
  }

  private static LogEntry stateEntry(String key, long offset, String value) {
    RecordHeaders headers = new RecordHeaders();
    headers.add("relevo-epoch", "4".getBytes(StandardCharsets.UTF_8));
    return new LogEntry("relevo.state", 3, offset, 0, key, headers, value);
  }
}
