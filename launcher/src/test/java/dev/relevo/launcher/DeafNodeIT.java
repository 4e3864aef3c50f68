package dev.relevo.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Nodes that live and are half cut off: one that beats, answers and does not read its slot any
 * more, and one that reads and whose beats do not get through (protocol section 3). Between such a
 * node and the broker stands a {@link Switchboard}; the node {@code barn} stands by and takes over.
 */
@Timeout(600)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class DeafNodeIT {
  private static final int HOME = 3;
  private static final int PREFERRED = 10;
  private static final int STANDING_BY = 90;

  /** Three intervals of 500 ms, and what giving the job on may take. */
  private static final long EXPIRY_TARGET_MS = 3 * 500 + 300;

  /** The time a node has to read an assignment, and what giving the job on may take. */
  private static final long UNREAD_TARGET_MS = 2_000 + 300;

  private static final long AT_ONCE_MS = 300;
  private static final long SOON_MS = 1_000;

  private final GapTable gaps = new GapTable();
  private ProcessHouse house;
  private PlainProducer producer;
  private InboxReader inbox;

  @BeforeAll
  void start(@TempDir Path folder) throws Exception {
    house = new ProcessHouse(folder);
    house.dispatcher().ready();
    house.node("barn", STANDING_BY, "500ms").ready();
    producer = new PlainProducer(house.kafka());
    inbox = new InboxReader(house.kafka(), "relevo.inbox.deaf");
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

  @Test
  void whatADeafNodeHasGoesOnElsewhere() throws Exception {
    String text = Words.count(80);
    try (Switchboard wires = house.switchboard();
        RelevoProcess attic = house.node("attic", PREFERRED, "500ms", wires.address())) {
      attic.ready();
      LiveAnswer continued = submit("echo-slow", text);
      LiveAnswer replayed = submit("again-slow", text);
      continued.awaitPieces(20);
      replayed.awaitPieces(20);

      deafen(wires, "attic");
      long submittedMs = System.currentTimeMillis();
      LiveAnswer unread = submit("echo", "Do you hear me?");

      for (LiveAnswer answer : List.of(continued, replayed)) {
        answer.await("taken over", now -> now.workers().size() == 2);
        assertThat(answer.workers()).containsExactly("attic", "barn");
      }
      unread.awaitWhole("Do you hear me?");
      assertThat(unread.workers()).containsExactly("barn");
      // By now it beats again and again, and is as deaf as before.
      long deafMs = System.currentTimeMillis();
      for (int i = 0; i < 5; i++) {
        LiveAnswer next = submit("echo", "Next");
        next.awaitWhole("Next");
        assertThat(next.workers()).containsExactly("barn");
      }
      gaps.add("deaf node: five jobs later", System.currentTimeMillis() - deafMs, SOON_MS);
      continued.awaitWhole(text);
      replayed.awaitWhole(text);
      assertThat(continued.ways()).containsExactly("continue");
      assertThat(replayed.ways()).containsExactly("replay");
      gaps.add(
          "deaf node: from work it does not read to its stream elsewhere",
          continued.newestAttemptBeganMs() - submittedMs,
          EXPIRY_TARGET_MS);
      gaps.add("deaf node: the gap a reader saw", continued.gapAtChangeMs(), EXPIRY_TARGET_MS);
      gaps.add(
          "deaf node: a job it does not read, from its submit",
          unread.newestAttemptBeganMs() - submittedMs,
          EXPIRY_TARGET_MS);
      wires.letGo();
      leave(attic);
    }
  }

  @Test
  void aJobThatIsNotReadInTimeRunsElsewhereBeforeTheNodeIsGivenUp() throws Exception {
    try (Switchboard wires = house.switchboard();
        RelevoProcess cellar = house.node("cellar", PREFERRED, "3s", wires.address())) {
      cellar.ready();
      deafen(wires, "cellar");

      long submittedMs = System.currentTimeMillis();
      LiveAnswer unread = submit("echo", "Do you hear me?");
      unread.awaitWhole("Do you hear me?");
      assertThat(unread.workers()).containsExactly("barn");
      gaps.add(
          "node with slow beats is deaf: a job, from its submit",
          unread.newestAttemptBeganMs() - submittedMs,
          UNREAD_TARGET_MS);
      long againMs = System.currentTimeMillis();
      LiveAnswer next = submit("echo", "And you?");
      next.awaitWhole("And you?");
      assertThat(next.workers()).containsExactly("barn");
      gaps.add(
          "node with slow beats is deaf: the next job",
          next.newestAttemptBeganMs() - againMs,
          AT_ONCE_MS);
      wires.letGo();
      leave(cellar);
    }
  }

  @Test
  void aDeafNodeThatHearsAgainChangesNothingAndIsOfUseAgain() throws Exception {
    String text = Words.count(80);
    try (Switchboard wires = house.switchboard();
        RelevoProcess loft = house.node("loft", PREFERRED, "500ms", wires.address())) {
      loft.ready();
      LiveAnswer running = submit("echo-slow", text);
      running.awaitPieces(10);
      deafen(wires, "loft");
      LiveAnswer unread = submit("echo-slow", text);
      for (LiveAnswer answer : List.of(running, unread)) {
        answer.await("with barn", now -> now.workers().contains("barn"));
      }

      wires.letGo();
      long hearsNanos = System.nanoTime();

      running.awaitWhole(text);
      unread.awaitWhole(text);
      assertThat(running.workers()).containsExactly("loft", "barn");
      assertThat(unread.workers()).containsExactly("barn");
      for (LiveAnswer answer : List.of(running, unread)) {
        assertThat(answer.dones()).as(answer.toString()).isEqualTo(1);
        long staleNanos = Math.max(0, answer.newestVoidNanos() - hearsNanos);
        gaps.add(
            "node hears again: until it stops its stale work",
            TimeUnit.NANOSECONDS.toMillis(staleNanos),
            SOON_MS);
      }
      LiveAnswer next = submit("echo", "Here again");
      next.awaitWhole("Here again");
      assertThat(next.workers()).containsExactly("loft");
      leave(loft);
    }
  }

  @Test
  void aDeafNodeThatIsGivenNothingGoesOnAndACancelEndsItsJobAllTheSame() throws Exception {
    String text = Words.count(60);
    try (Switchboard wires = house.switchboard();
        RelevoProcess porch = house.node("porch", PREFERRED, "500ms", wires.address())) {
      porch.ready();
      LiveAnswer whole = submit("echo-slow", text);
      LiveAnswer unwanted = submit("echo-slow", text);
      whole.awaitPieces(10);
      unwanted.awaitPieces(10);

      deafen(wires, "porch");
      long cancelledNanos = System.nanoTime();
      producer.cancel(unwanted.job());

      unwanted.awaitEnd();
      assertThat(unwanted.isCancelled()).as(unwanted.toString()).isTrue();
      gaps.add(
          "deaf node: a cancel ends its job",
          TimeUnit.NANOSECONDS.toMillis(unwanted.endNanos() - cancelledNanos),
          UNREAD_TARGET_MS);
      whole.awaitWhole(text);
      assertThat(whole.workers()).containsExactly("porch");
      wires.letGo();
      leave(porch);
    }
  }

  @Test
  void aNodeWhoseBeatsDoNotGetOutIsGivenUpAndChangesNothing() throws Exception {
    String text = Words.count(120);
    try (Switchboard wires = house.switchboard();
        RelevoProcess tower = house.node("tower", PREFERRED, "500ms", wires.address())) {
      tower.ready();
      LiveAnswer answer = submit("echo-slow", text);
      answer.awaitPieces(10);

      wires.hold("relevo-node-tower-beats", Switchboard.Request.PRODUCE);
      long muteMs = System.currentTimeMillis();
      answer.await("taken over", now -> now.workers().size() == 2);
      long takenNanos = System.nanoTime();

      answer.awaitWhole(text);
      assertThat(answer.workers()).containsExactly("tower", "barn");
      assertThat(answer.ways()).containsExactly("continue");
      assertThat(answer.dones()).as(answer.toString()).isEqualTo(1);
      gaps.add(
          "mute node: from its silence to its stream elsewhere",
          answer.newestAttemptBeganMs() - muteMs,
          EXPIRY_TARGET_MS);
      long staleNanos = Math.max(0, answer.newestVoidNanos() - takenNanos);
      gaps.add(
          "mute node: until it stops its stale work",
          TimeUnit.NANOSECONDS.toMillis(staleNanos),
          SOON_MS);
      wires.letGo();
      awaitUse("tower");
      leave(tower);
    }
  }

  /** Its consumer reads no more; its beats, events and answers go on. */
  private static void deafen(Switchboard wires, String node) {
    wires.hold("relevo-node-" + node, Switchboard.Request.FETCH);
  }

  /** Jobs come to it again after a while. */
  private void awaitUse(String node) throws Exception {
    long untilNanos = System.nanoTime() + TimeUnit.MINUTES.toNanos(1);
    List<String> workers = List.of();
    while (!workers.contains(node) && System.nanoTime() < untilNanos) {
      workers = submit("echo", "Here again").awaitWhole("Here again").workers();
    }
    assertThat(workers).containsExactly(node);
  }

  /** In good order, or the next test's jobs would be given to it. */
  private static void leave(RelevoProcess node) throws Exception {
    node.terminate();
    assertThat(node.exitCode()).as(node.err()).isZero();
  }
}
