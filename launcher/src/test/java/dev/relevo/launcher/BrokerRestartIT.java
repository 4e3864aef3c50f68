package dev.relevo.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A broker that is restarted under load, with its folder and port: everybody waits and goes on, and
 * nobody is given up because of it (protocol section 3).
 */
@Timeout(600)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class BrokerRestartIT {
  private static final int WORDS = 60;

  /** From the broker's being there again. */
  private static final long GOES_ON_TARGET_MS = 2_000;

  private final GapTable gaps = new GapTable();
  private ProcessHouse house;
  private PlainProducer producer;
  private InboxReader inbox;
  private RelevoProcess dispatcher;

  @BeforeAll
  void start(@TempDir Path folder) throws Exception {
    house = new ProcessHouse(folder);
    producer = new PlainProducer(house.kafka());
    inbox = new InboxReader(house.kafka(), "relevo.inbox.broker");
    dispatcher = house.dispatcher();
    RelevoProcess attic = house.node("attic", 10, "500ms");
    RelevoProcess barn = house.node("barn", 10, "500ms");
    for (RelevoProcess process : List.of(dispatcher, attic, barn)) {
      process.ready();
    }
  }

  @AfterAll
  void stop() {
    inbox.close();
    producer.close();
    house.close();
    gaps.print();
  }

  private interface Stop {
    void stop(RelevoProcess broker) throws Exception;
  }

  private void restart(String what, Stop stop) throws Exception {
    List<LiveAnswer> all = new ArrayList<>();
    try (JobFeed feed = new JobFeed(producer, inbox)) {
      for (int home = 0; home < JobFeed.HOMES; home++) {
        all.add(ProcessHouse.submit(producer, inbox, home, "echo-slow", Words.count(WORDS)));
      }
      for (LiveAnswer stream : all) {
        stream.awaitPieces(10);
      }

      long stoppedNanos = System.nanoTime();
      stop.stop(house.broker());
      house.restartBroker();
      long awayMs = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - stoppedNanos);

      long longest = 0;
      for (LiveAnswer stream : all) {
        stream.awaitWhole(Words.count(WORDS));
        assertThat(stream.workers()).as(stream.toString()).hasSize(1);
        longest = Math.max(longest, stream.longestGapMs());
      }
      feed.awaitMore(2 * JobFeed.HOMES);
      gaps.add(
          what + ": between two pieces, beyond its " + awayMs + " ms",
          longest - awayMs,
          GOES_ON_TARGET_MS);
      gaps.add(
          what + ": a job, after Kafka had it", feed.longestWaitMs(), awayMs + GOES_ON_TARGET_MS);
      all.addAll(feed.stop());
    }
    JobStates.assertSucceeded(house.kafka(), all);
    assertThat(all).allMatch(answer -> answer.dones() == 1);
    assertThat(dispatcher.err()).doesNotContain("was silent", "beats but does not read");
  }

  @Test
  void everybodyWaitsForABrokerThatIsStoppedAndStartedAgain() throws Exception {
    restart(
        "broker stopped",
        broker -> {
          broker.terminate();
          assertThat(broker.exitCode()).as(broker.err()).isZero();
        });
  }

  @Test
  void everybodyWaitsForABrokerThatIsKilledAndStartedAgain() throws Exception {
    restart("broker killed", RelevoProcess::kill);
  }
}
