package dev.relevo.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Dispatchers that die or leave while streams run and jobs come in, each a process of its own: the
 * streams do not notice, and every job is done once (protocol section 4).
 */
@Timeout(600)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class DispatcherFailoverIT {
  private static final int WORDS = 60;

  /**
   * A stream has a piece each 100 ms; what waited for a dispatcher would wait for a session's end.
   */
  private static final long UNNOTICED_MS = 300;

  private static final long UNNOTICED_BOUND_MS = 5_000;
  private static final long KILLED_TARGET_MS = 8_000;
  private static final long LEFT_TARGET_MS = 1_000;

  /** Whoever leaves says so; who is only missed is missed after this. */
  private static final String LEAVER_IS_MISSED_AFTER = "60s";

  private static final long LEFT_BOUND_MS = 20_000;

  private final GapTable gaps = new GapTable();
  private final List<RelevoProcess> dispatchers = new ArrayList<>();
  private final List<LiveAnswer> streams = new ArrayList<>();
  private ProcessHouse house;
  private PlainProducer producer;
  private InboxReader inbox;

  @BeforeAll
  void start(@TempDir Path folder) throws Exception {
    house = new ProcessHouse(folder);
    producer = new PlainProducer(house.kafka());
    inbox = new InboxReader(house.kafka(), "relevo.inbox.dispatchers");
    RelevoProcess first = house.dispatcher();
    RelevoProcess second = house.dispatcher();
    // Beats so slow that a busy machine does not look like a dead node.
    RelevoProcess attic = house.node("attic", 10, "2s");
    RelevoProcess barn = house.node("barn", 10, "2s");
    for (RelevoProcess process : List.of(first, second, attic, barn)) {
      process.ready();
    }
    dispatchers.addAll(List.of(first, second));
  }

  @AfterAll
  void stop() {
    inbox.close();
    producer.close();
    house.close();
    gaps.print();
  }

  @BeforeEach
  void forgetStreams() {
    streams.clear();
  }

  private void haveDispatchers(int wanted) throws Exception {
    while (dispatchers.size() > wanted) {
      RelevoProcess last = dispatchers.removeLast();
      last.terminate();
      assertThat(last.exitCode()).as(last.err()).isZero();
    }
    while (dispatchers.size() < wanted) {
      dispatchers.add(startDispatcher());
    }
  }

  private RelevoProcess startDispatcher() throws Exception {
    RelevoProcess dispatcher = house.dispatcher();
    dispatcher.ready();
    return dispatcher;
  }

  /** A slow stream in each home, under way. */
  private void startStreams(int words) throws Exception {
    for (int home = 0; home < JobFeed.HOMES; home++) {
      streams.add(ProcessHouse.submit(producer, inbox, home, "echo-slow", Words.count(words)));
    }
    for (LiveAnswer stream : streams) {
      stream.awaitPieces(5);
    }
  }

  private void assertStreamsDidNotNotice(String what, int words) throws Exception {
    long longest = 0;
    for (LiveAnswer stream : streams) {
      stream.awaitWhole(Words.count(words));
      assertThat(stream.workers()).hasSize(1);
      longest = Math.max(longest, stream.longestGapMs());
    }
    gaps.add(what + ": between two pieces of a stream", longest, UNNOTICED_MS, UNNOTICED_BOUND_MS);
  }

  private void assertAllDone(JobFeed feed) throws Exception {
    List<LiveAnswer> all = new ArrayList<>(feed.stop());
    all.addAll(streams);
    JobStates.assertSucceeded(house.kafka(), all);
    assertThat(all).allMatch(answer -> answer.dones() == 1);
  }

  @Test
  void anotherDispatcherGoesOnWhenOneIsKilled() throws Exception {
    haveDispatchers(2);
    try (JobFeed feed = new JobFeed(producer, inbox)) {
      startStreams(WORDS);

      dispatchers.removeFirst().kill();

      feed.awaitMore(2 * JobFeed.HOMES);
      gaps.add("one of two dispatchers killed: a new job", feed.longestWaitMs(), KILLED_TARGET_MS);
      assertStreamsDidNotNotice("one of two dispatchers killed", WORDS);
      assertAllDone(feed);
    }
  }

  @Test
  void anotherDispatcherGoesOnWhenOneLeaves() throws Exception {
    haveDispatchers(1);
    RelevoProcess leaving = house.dispatcher(LEAVER_IS_MISSED_AFTER);
    leaving.ready();
    try (JobFeed feed = new JobFeed(producer, inbox)) {
      startStreams(WORDS / 3);

      leaving.terminate();
      assertThat(leaving.exitCode()).as(leaving.err()).isZero();

      feed.awaitMore(2 * JobFeed.HOMES);
      gaps.add(
          "one of two dispatchers leaves: a new job",
          feed.longestWaitMs(),
          LEFT_TARGET_MS,
          LEFT_BOUND_MS);
      assertStreamsDidNotNotice("one of two dispatchers leaves", WORDS / 3);
      assertAllDone(feed);
    }
  }

  @Test
  void theOnlyDispatcherGoesOnFromStateWhenItIsStartedAgain() throws Exception {
    haveDispatchers(1);
    try (JobFeed feed = new JobFeed(producer, inbox)) {
      startStreams(WORDS);

      dispatchers.removeFirst().kill();
      dispatchers.add(startDispatcher());

      feed.awaitMore(2 * JobFeed.HOMES);
      gaps.add(
          "the only dispatcher killed and started again: a new job",
          feed.longestWaitMs(),
          KILLED_TARGET_MS);
      assertStreamsDidNotNotice("the only dispatcher killed and started again", WORDS);
      assertAllDone(feed);
    }
  }
}
