package dev.relevo.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Nodes that die, freeze, come again, leave or are not there, each a process of its own, seen by a
 * producer and a reader that are not ours (protocol sections 3 to 6). A node of a test is
 * preferred; the node {@code barn} stands by and takes over.
 */
@Timeout(600)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class NodeFailoverIT {
  private static final int HOME = 3;
  private static final int PREFERRED = 10;
  private static final int STANDING_BY = 90;

  /** Three intervals of 500 ms, and what giving the job on may take. */
  private static final long EXPIRY_TARGET_MS = 3 * 500 + 300;

  private static final long HAND_OVER_TARGET_MS = 300;
  private static final long SOON_MS = 1_000;

  private final GapTable gaps = new GapTable();
  private ProcessHouse house;
  private PlainProducer producer;
  private InboxReader inbox;

  @BeforeAll
  void start(@TempDir Path folder) throws Exception {
    house = new ProcessHouse(folder);
    house.dispatcher().ready();
    producer = new PlainProducer(house.kafka());
    inbox = new InboxReader(house.kafka(), "relevo.inbox.nodes");
    jobsWaitUntilANodeComes();
  }

  @AfterAll
  void stop() {
    inbox.close();
    producer.close();
    house.close();
    gaps.print();
  }

  private LiveAnswer submit(String model, String text) throws Exception {
    return ProcessHouse.submit(producer, inbox, HOME, model, text);
  }

  /** Before anything else: no node is there yet. */
  private void jobsWaitUntilANodeComes() throws Exception {
    LiveAnswer patient = submit("echo", "I wait");
    LiveAnswer impatient =
        ProcessHouse.submit(
            producer, inbox, HOME, "echo", "I do not", Map.of("relevo-max-wait", "1000"));

    assertThat(impatient.awaitEnd().code()).isEqualTo("no_workers_available");
    assertThat(impatient.workers()).isEmpty();
    assertThat(patient.isEnded()).isFalse();

    house.node("barn", STANDING_BY, "500ms").ready();
    long readyNanos = System.nanoTime();
    patient.awaitWhole("I wait");
    gaps.add("no node: from its being ready to the end of a job", since(readyNanos), SOON_MS);
  }

  @Test
  void aJobForAModelThatNobodyHasWaitsForIt() throws Exception {
    LiveAnswer patient = submit("porch-echo", "I wait");
    LiveAnswer impatient =
        ProcessHouse.submit(
            producer, inbox, HOME, "porch-echo", "I do not", Map.of("relevo-max-wait", "1000"));
    LiveAnswer other = submit("echo", "I need not");

    other.awaitWhole("I need not");
    assertThat(impatient.awaitEnd().code()).isEqualTo("no_workers_available");
    assertThat(patient.isEnded()).isFalse();

    try (RelevoProcess porch = house.nodeFor("porch", "porch-echo")) {
      porch.ready();
      long readyNanos = System.nanoTime();
      patient.awaitWhole("I wait");
      gaps.add(
          "no node for the model: from its being ready to the end", since(readyNanos), SOON_MS);
      assertThat(patient.workers()).containsExactly("porch");
    }
  }

  @Test
  void aStreamGoesOnWhenItsNodeIsKilled() throws Exception {
    String text = Words.count(40);
    try (RelevoProcess attic = house.node("attic", PREFERRED, "500ms")) {
      attic.ready();
      LiveAnswer continued = submit("echo-slow", text);
      LiveAnswer replayed = submit("again-slow", text);
      continued.awaitPieces(20);
      replayed.awaitPieces(20);

      attic.kill();

      continued.awaitWhole(text);
      replayed.awaitWhole(text);
      assertThat(continued.workers()).containsExactly("attic", "barn");
      assertThat(continued.ways()).containsExactly("continue");
      assertThat(replayed.workers()).containsExactly("attic", "barn");
      assertThat(replayed.ways()).containsExactly("replay");
      gaps.add("node killed: to the next piece", continued.gapAtChangeMs(), EXPIRY_TARGET_MS);
    }
  }

  @Test
  void aNodeThatFreezesAndWakesUpChangesNothing() throws Exception {
    String text = Words.count(80);
    try (RelevoProcess cellar = house.node("cellar", PREFERRED, "500ms")) {
      cellar.ready();
      LiveAnswer answer = submit("echo-slow", text);
      answer.awaitPieces(20);

      cellar.freeze();
      answer.await("taken over", now -> now.workers().size() == 2);
      answer.awaitPieces(50);
      cellar.thaw();
      long thawNanos = System.nanoTime();

      answer.awaitWhole(text);
      assertThat(answer.workers()).containsExactly("cellar", "barn");
      assertThat(answer.dones()).isEqualTo(1);
      gaps.add("node frozen: to the next piece", answer.gapAtChangeMs(), EXPIRY_TARGET_MS);
      long staleNanos = Math.max(0, answer.newestVoidNanos() - thawNanos);
      gaps.add(
          "node awake again: until it stops its stale work",
          TimeUnit.NANOSECONDS.toMillis(staleNanos),
          SOON_MS / 2);
      LiveAnswer next = submit("echo", "Here again");
      next.awaitWhole("Here again");
      cellar.terminate();
      assertThat(cellar.exitCode()).as(cellar.err()).isZero();
    }
  }

  @Test
  void aNodeThatIsStartedAnewGivesUpWhatItHadAtOnce() throws Exception {
    String text = Words.count(40);
    try (RelevoProcess tower = house.node("tower", PREFERRED, "3s")) {
      tower.ready();
      LiveAnswer answer = submit("echo-slow", text);
      answer.awaitPieces(20);

      tower.freeze();
      try (RelevoProcess again = house.node("tower", PREFERRED, "3s")) {
        answer.awaitWhole(text);

        assertThat(answer.workers()).containsExactly("tower", "barn");
        assertThat(answer.ways()).containsExactly("continue");
        gaps.add(
            "node started anew: from its first beat to the next piece",
            answer.newestAttemptBeganMs() - firstBeatOfTheSecond("tower"),
            HAND_OVER_TARGET_MS);
        again.ready();
        tower.thaw();
        assertThat(tower.exitCode()).as(tower.err()).isEqualTo(ExitCode.WRONG_USE);
        assertThat(tower.err()).contains("node id already registered", "tower");
        // It leaves in good order, or the next test's jobs would be given to it.
        again.terminate();
        assertThat(again.exitCode()).as(again.err()).isZero();
      }
    }
  }

  /** When Kafka took the first beat of a node's second incarnation, epoch milliseconds. */
  private long firstBeatOfTheSecond(String node) {
    List<String> incarnations = new ArrayList<>();
    ConsumerRecord<String, String> beat =
        producer
            .readTo(
                "relevo.heartbeats",
                0,
                record -> {
                  if (node.equals(record.key())) {
                    String of = PlainProducer.json(record).path("incarnation").asString();
                    if (!incarnations.contains(of)) {
                      incarnations.add(of);
                    }
                  }
                  return incarnations.size() == 2;
                })
            .getLast();
    return beat.timestamp();
  }

  @Test
  void aNodeThatLeavesFinishesWhatItCanAndHandsOverTheRest() throws Exception {
    String text = Words.count(60);
    String brief = Words.count(4);
    try (RelevoProcess loft = house.node("loft", PREFERRED, "500ms")) {
      loft.ready();
      LiveAnswer lengthy = submit("echo-slow", text);
      lengthy.awaitPieces(10);
      LiveAnswer finished = submit("echo-slow", brief);
      finished.awaitPieces(4);

      loft.terminate();
      loft.errLine("Stopping");
      long leavingNanos = System.nanoTime();
      List<LiveAnswer> later = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        later.add(submit("echo", "Later"));
      }

      for (LiveAnswer answer : later) {
        answer.awaitWhole("Later");
        assertThat(answer.workers()).containsExactly("barn");
      }
      gaps.add("node leaves: new jobs run elsewhere within", since(leavingNanos), SOON_MS);
      finished.awaitWhole(brief);
      assertThat(finished.workers()).containsExactly("loft");
      lengthy.awaitWhole(text);
      assertThat(lengthy.workers()).containsExactly("loft", "barn");
      assertThat(lengthy.ways()).containsExactly("continue");
      assertThat(loft.exitCode()).as(loft.err()).isZero();
      gaps.add(
          "node leaves: a stream is handed over", lengthy.gapAtChangeMs(), HAND_OVER_TARGET_MS);
    }
  }

  private static long since(long nanos) {
    return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - nanos);
  }
}
