package dev.relevo.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Cancels and deadlines, wherever a job is when they come, with real processes and a model server
 * that notes when it is hung up on. Producer and reader are not ours.
 */
@Timeout(600)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SteerIT {
  /** Each row is measured so often: {@code -Drelevo.steer.times=N}. */
  private static final int TIMES = Integer.getInteger("relevo.steer.times", 2);

  private static final int HOMES = 8;
  private static final long AT_MOST_MS = 1_000;
  private static final String NOBODY_HAS = "nobody-has-it";
  private static final String REASON = "changed my mind";

  private final TimeTable hangUps = new TimeTable("cancel: the backend is hung up on", AT_MOST_MS);
  private final TimeTable cancels = new TimeTable("cancel: the reader reads it", AT_MOST_MS);
  private final TimeTable lateHangUps = new TimeTable("deadline: hung up on", AT_MOST_MS);
  private final TimeTable deadlines = new TimeTable("deadline: the reader reads it", AT_MOST_MS);
  private final long epochMsAtZeroNanos =
      System.currentTimeMillis() - TimeUnit.NANOSECONDS.toMillis(System.nanoTime());
  private HangUpServer models;
  private ProcessHouse house;
  private RelevoProcess dispatcher;
  private PlainProducer producer;
  private InboxReader inbox;

  @BeforeAll
  void start(@TempDir Path folder) throws Exception {
    models = new HangUpServer();
    house = new ProcessHouse(folder);
    dispatcher = house.dispatcher();
    RelevoProcess barn = house.nodeWith("barn", backends(90));
    dispatcher.ready();
    barn.ready();
    producer = new PlainProducer(house.kafka());
    inbox = new InboxReader(house.kafka(), "relevo.inbox.steer");
  }

  @AfterAll
  void stop() throws Exception {
    inbox.close();
    producer.close();
    house.close();
    models.close();
    List.of(hangUps, cancels, lateHangUps, deadlines).forEach(TimeTable::print);
  }

  /** Whoever refuses is left alone for a while, so each job that shall be refused has its own. */
  private String backends(int priority) {
    StringBuilder yaml = new StringBuilder(backend("talker", "slow, silent", priority));
    for (int i = 0; i <= TIMES; i++) {
      yaml.append(backend("refuser-" + i, "refusing-" + i, priority));
    }
    return yaml.toString();
  }

  private String backend(String name, String served, int priority) {
    return """
    - name: %s
      type: openai
      base-url: %s
      models: [%s]
      priority: %d
    """
        .formatted(name, models.url(), served, priority);
  }

  /** A job whose prompt is its own id, so that the model server knows it. */
  private record Asked(String job, int home, LiveAnswer answer) {}

  private Asked ask(String model, int number, Map<String, String> headers) throws Exception {
    String job = UUID.randomUUID().toString();
    return ask(job, model, number, headers);
  }

  private Asked ask(String job, String model, int number, Map<String, String> headers)
      throws Exception {
    LiveAnswer answer = inbox.answer(job);
    Map<String, String> all = new HashMap<>(Map.of("relevo-reply-topic", inbox.topic()));
    all.putAll(headers);
    int home = number % HOMES;
    producer.send(job, home, Words.request(model, job), all);
    return new Asked(job, home, answer);
  }

  private List<Asked> ask(String model, Map<String, String> headers) throws Exception {
    List<Asked> asked = new ArrayList<>();
    for (int i = 0; i < TIMES; i++) {
      asked.add(ask(model, i, headers));
    }
    return asked;
  }

  private void awaitStatus(Asked asked, String status) {
    producer.awaitState(
        asked.job(), asked.home(), state -> state.path("status").asString().equals(status));
  }

  private void awaitBackOff(Asked asked) {
    producer.awaitState(
        asked.job(), asked.home(), state -> state.path("attemptsUsed").asInt() == 1);
  }

  /** Cancels one after the other, and waits for what becomes of each. */
  private void cancelAll(String row, List<Asked> all, boolean running) throws Exception {
    for (Asked asked : all) {
      long beganNanos = System.nanoTime();
      producer.cancel(asked.job(), REASON);
      awaitCancelled(row, asked, beganNanos);
      if (running) {
        hangUps.add(row, ms(models.awaitCall(asked.job()).awaitHangUp() - beganNanos));
      }
    }
  }

  private void awaitCancelled(String row, Asked asked, long beganNanos) throws Exception {
    asked.answer().awaitEnd();
    cancels.add(row, ms(asked.answer().endNanos() - beganNanos));
    assertThat(asked.answer().ending()).as(asked.answer().toString()).isEqualTo("cancelled");
    assertThat(asked.answer().endWords()).isEqualTo(REASON);
    awaitStatus(asked, "CANCELLED");
  }

  private static long ms(long nanos) {
    return Math.max(0, TimeUnit.NANOSECONDS.toMillis(nanos));
  }

  private static Map<String, String> deadlineIn(long ms) {
    return Map.of("relevo-deadline", Long.toString(System.currentTimeMillis() + ms));
  }

  private long epochMs(long nanos) {
    return epochMsAtZeroNanos + TimeUnit.NANOSECONDS.toMillis(nanos);
  }

  private void awaitLate(String row, Asked asked, long deadlineMs, String words) throws Exception {
    awaitFailed(row, asked, deadlineMs, "deadline_exceeded", words);
    awaitStatus(asked, "EXPIRED");
  }

  private void awaitFailed(String row, Asked asked, long dueMs, String code, String words)
      throws Exception {
    asked.answer().awaitEnd();
    deadlines.add(row, Math.max(0, epochMs(asked.answer().endNanos()) - dueMs));
    assertThat(asked.answer().code()).as(asked.answer().toString()).isEqualTo(code);
    assertThat(asked.answer().endWords()).contains(words);
  }

  // -- cancel

  @Test
  void aJobIsCancelledBeforeAnybodyHasIt() throws Exception {
    cancelAll("waits for a node", ask(NOBODY_HAS, Map.of()), false);

    for (int i = 0; i < TIMES; i++) {
      String job = UUID.randomUUID().toString();
      producer.cancel(job, REASON);
      long beganNanos = System.nanoTime();
      awaitCancelled("cancelled before it was there", ask(job, "slow", i, Map.of()), beganNanos);
      assertThat(models.calls(job)).isZero();
    }

    List<Asked> parked = ask(NOBODY_HAS, Map.of());
    parked.forEach(asked -> awaitStatus(asked, "PARKED"));
    cancelAll("parked", parked, false);
  }

  @Test
  void aJobIsCancelledWhileItRuns() throws Exception {
    List<Asked> silent = ask("silent", Map.of());
    List<Asked> slow = ask("slow", Map.of());
    for (int i = 0; i < TIMES; i++) {
      models.awaitCall(silent.get(i).job());
      slow.get(i).answer().awaitPieces(5);
    }
    cancelAll("runs, no token yet", silent, true);
    cancelAll("streams", slow, true);

    for (int i = 0; i < TIMES; i++) {
      Asked unheard = ask("silent", i, Map.of("relevo-reply-topic", ""));
      HangUpServer.Call call = models.awaitCall(unheard.job());
      long beganNanos = System.nanoTime();
      producer.cancel(unheard.job(), REASON);
      hangUps.add("runs, without a reply place", ms(call.awaitHangUp() - beganNanos));
      awaitStatus(unheard, "CANCELLED");
    }
  }

  @Test
  void aJobIsCancelledBetweenTwoAttempts() throws Exception {
    List<Asked> refused = new ArrayList<>();
    for (int i = 0; i < TIMES; i++) {
      refused.add(ask("refusing-" + i, i, Map.of()));
    }
    refused.forEach(this::awaitBackOff);

    cancelAll("waits for its next attempt", refused, false);

    refused.forEach(asked -> assertThat(models.calls(asked.job())).isOne());
  }

  @Test
  void aCancelNeedsNoDispatcherAndIsNotForgottenByTheNext() throws Exception {
    Asked streams = ask("slow", 0, Map.of());
    Asked waits = ask(NOBODY_HAS, 1, Map.of());
    Asked parked = ask(NOBODY_HAS, 2, Map.of());
    streams.answer().awaitPieces(5);
    awaitStatus(parked, "PARKED");

    dispatcher.kill();
    Asked unread = ask("slow", 3, Map.of());
    long beganNanos = System.nanoTime();
    for (Asked asked : List.of(streams, waits, parked, unread)) {
      producer.cancel(asked.job(), REASON);
    }
    streams.answer().awaitEnd();
    hangUps.add(
        "streams, no dispatcher", ms(models.awaitCall(streams.job()).awaitHangUp() - beganNanos));
    cancels.add("streams, no dispatcher", ms(streams.answer().endNanos() - beganNanos));
    dispatcher = house.dispatcher();
    dispatcher.ready();
    long readyNanos = System.nanoTime();

    for (Asked asked : List.of(waits, parked, unread)) {
      awaitCancelled("no dispatcher: from the next one's being ready", asked, readyNanos);
    }
    awaitStatus(streams, "CANCELLED");
    assertThat(models.calls(unread.job())).isZero();
  }

  // -- deadlines

  @Test
  void aDeadlinePassesBeforeAnybodyHasTheJob() throws Exception {
    long soonMs = System.currentTimeMillis() + 1_500;
    Map<String, String> soon = Map.of("relevo-deadline", Long.toString(soonMs));
    long laterMs = System.currentTimeMillis() + 9_000;
    List<Asked> waiting = ask(NOBODY_HAS, soon);
    List<Asked> parked = ask(NOBODY_HAS, Map.of("relevo-deadline", Long.toString(laterMs)));
    long submittedMs = System.currentTimeMillis();
    List<Asked> impatient = ask(NOBODY_HAS, Map.of("relevo-max-wait", "1500"));
    List<Asked> parkedImpatient = ask(NOBODY_HAS, Map.of("relevo-max-wait", "9000"));

    for (int i = 0; i < TIMES; i++) {
      long overMs = System.currentTimeMillis();
      Asked over = ask("slow", i, deadlineIn(-1));
      awaitLate("was over at submit", over, overMs, "before a node could take it");
      assertThat(models.calls(over.job())).isZero();
    }
    for (Asked asked : waiting) {
      awaitLate("waits for a node", asked, soonMs, "before a node could take it");
    }
    for (Asked asked : impatient) {
      long dueMs = submittedMs + 1_500;
      awaitFailed("max-wait, waits", asked, dueMs, "no_workers_available", "relevo-max-wait");
    }
    for (Asked asked : parked) {
      awaitStatus(asked, "PARKED");
      awaitLate("parked", asked, laterMs, "before a node could take it");
    }
    for (Asked asked : parkedImpatient) {
      long dueMs = submittedMs + 9_000;
      awaitFailed("max-wait, parked", asked, dueMs, "no_workers_available", "relevo-max-wait");
    }
  }

  @Test
  void aJobThatCannotBeTriedAgainInTimeFailsAtOnce() throws Exception {
    Asked refused = ask("refusing-" + TIMES, 0, deadlineIn(30_000));

    refused.answer().awaitEnd();

    assertThat(refused.answer().endWords()).contains("deadline passes before the next attempt");
    assertThat(models.calls(refused.job())).isOne();
  }

  @Test
  void aDeadlinePassesWhileTheJobRuns() throws Exception {
    long lateMs = System.currentTimeMillis() + 3_000;
    Map<String, String> late = Map.of("relevo-deadline", Long.toString(lateMs));
    List<Asked> silent = ask("silent", late);
    List<Asked> slow = ask("slow", late);

    for (Asked asked : silent) {
      awaitLate("runs, no token yet", asked, lateMs, "while it ran");
      long hungUpNanos = models.awaitCall(asked.job()).awaitHangUp();
      lateHangUps.add("runs, no token yet", Math.max(0, epochMs(hungUpNanos) - lateMs));
    }
    for (Asked asked : slow) {
      awaitLate("streams", asked, lateMs, "while it ran");
      assertThat(asked.answer().pieces()).isPositive();
      long hungUpNanos = models.awaitCall(asked.job()).awaitHangUp();
      lateHangUps.add("streams", Math.max(0, epochMs(hungUpNanos) - lateMs));
    }
  }

  // -- a node that does not hear of it

  @Test
  void aFrozenNodeKeepsNeitherFromTheReader() throws Exception {
    try (RelevoProcess cellar = house.nodeWith("cellar", backends(10))) {
      cellar.ready();
      long lateMs = System.currentTimeMillis() + 6_000;
      List<Asked> toCancel = ask("slow", Map.of());
      List<Asked> tooLate = ask("slow", Map.of("relevo-deadline", Long.toString(lateMs)));
      for (Asked asked : toCancel) {
        asked.answer().awaitPieces(5);
      }
      for (Asked asked : tooLate) {
        asked.answer().awaitPieces(5);
        assertThat(asked.answer().workers()).containsExactly("cellar");
      }

      // Not long before, or it is given up and another node has them.
      waitUntil(lateMs - 1_500);
      cellar.freeze();
      long beganNanos = System.nanoTime();
      for (Asked asked : toCancel) {
        producer.cancel(asked.job(), REASON);
      }
      for (Asked asked : toCancel) {
        awaitCancelled("its node is frozen", asked, beganNanos);
      }
      for (Asked asked : tooLate) {
        awaitLate("its node is frozen", asked, lateMs, "while node cellar had it");
      }
      cellar.thaw();
      long thawNanos = System.nanoTime();
      for (Asked asked : toCancel) {
        hangUps.add(
            "its node was frozen: from its waking",
            ms(models.awaitCall(asked.job()).awaitHangUp() - thawNanos));
        assertThat(asked.answer().workers()).containsExactly("cellar");
      }
      for (Asked asked : tooLate) {
        lateHangUps.add(
            "its node was frozen: from its waking",
            ms(models.awaitCall(asked.job()).awaitHangUp() - thawNanos));
      }
      cellar.terminate();
      assertThat(cellar.exitCode()).as(cellar.err()).isZero();
    }
  }

  /** By a stream whose pieces come all the time. */
  private void waitUntil(long epochMs) throws Exception {
    Asked clock = ask("slow", 7, Map.of());
    clock.answer().await("a clock", any -> System.currentTimeMillis() >= epochMs);
    producer.cancel(clock.job(), REASON);
  }

  // -- commands

  @Test
  void commandsCancelToo() throws Exception {
    Asked one = ask("silent", 0, Map.of());
    Asked other = ask("slow", 1, Map.of());
    models.awaitCall(one.job());
    HangUpServer.Call call = models.awaitCall(other.job());

    RelevoProcess cancel = house.tool("cancel", one.job(), other.job());

    assertThat(cancel.exitCode()).as(cancel.err()).isZero();
    assertThat(cancel.err().lines())
        .containsExactly(
            "Job " + one.job() + " is cancelled.", "Job " + other.job() + " is cancelled.");
    for (Asked asked : List.of(one, other)) {
      asked.answer().awaitEnd();
      assertThat(asked.answer().ending()).isEqualTo("cancelled");
    }
    call.awaitHangUp();
  }

  @Test
  void aNodeThatIsDrainedLeavesAndItsProcessEnds() throws Exception {
    try (RelevoProcess shed = house.nodeWith("shed", backends(10))) {
      shed.ready();
      Asked streams = ask("slow", 0, Map.of());
      streams.answer().awaitPieces(5);
      assertThat(streams.answer().workers()).containsExactly("shed");

      RelevoProcess drain = house.tool("drain", "shed");

      assertThat(drain.exitCode()).as(drain.err()).isZero();
      assertThat(drain.err())
          .contains("Node shed leaves; 1 job still runs there.", "Node shed has left.");
      assertThat(shed.exitCode()).as(shed.err()).isZero();
      streams.answer().await("handed over", answer -> answer.workers().size() == 2);
      RelevoProcess jobs = house.tool("jobs", streams.job());
      assertThat(jobs.exitCode()).as(jobs.err()).isZero();
      assertThat(jobs.out()).contains("Node     barn", "1  node shed: node_lost");
      producer.cancel(streams.job(), REASON);
      assertThat(streams.answer().awaitEnd().ending()).isEqualTo("cancelled");
    }
  }

  @Test
  void aPausedLaneBeginsNothingAndStillEndsJobs() throws Exception {
    assertThat(house.tool("pause", "jobs").exitCode()).isZero();
    Asked cancelled = ask("slow", 0, Map.of());
    Asked late = ask("slow", 1, deadlineIn(2_000));
    Asked begins = ask("slow", 2, Map.of());

    producer.cancel(cancelled.job(), REASON);
    assertThat(cancelled.answer().awaitEnd().ending()).isEqualTo("cancelled");
    assertThat(late.answer().awaitEnd().code()).isEqualTo("deadline_exceeded");
    assertThat(models.calls(begins.job())).isZero();
    RelevoProcess jobs = house.tool("jobs", "--state", "running");
    assertThat(jobs.exitCode()).as(jobs.err()).isZero();
    assertThat(jobs.err()).contains("Lane jobs (paused): 1 more");

    assertThat(house.tool("resume", "jobs").exitCode()).isZero();
    begins.answer().awaitPieces(1);
    producer.cancel(begins.job(), REASON);
    begins.answer().awaitEnd();
  }

  @Test
  void ctrlCHangsUp() throws Exception {
    for (int i = 0; i < 3; i++) {
      String said = "Say " + i;
      RelevoProcess submit = house.tool("submit", "-m", "slow", said);
      HangUpServer.Call call = models.awaitCall(said);
      long beganNanos = System.nanoTime();
      submit.interrupt();

      hangUps.add("Ctrl-C in submit", ms(call.awaitHangUp() - beganNanos));
      assertThat(submit.exitCode()).isEqualTo(ExitCode.INTERRUPTED);
      assertThat(submit.err()).contains("Cancelled job");
    }
  }
}
