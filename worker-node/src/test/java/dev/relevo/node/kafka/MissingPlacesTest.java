package dev.relevo.node.kafka;

import static dev.relevo.node.kafka.ScriptedWorker.hangs;
import static dev.relevo.node.kafka.ScriptedWorker.says;
import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.common.protocol.Assignment;
import dev.relevo.common.protocol.AttemptOutcome;
import dev.relevo.common.protocol.Delta;
import dev.relevo.common.protocol.EventRecord.Finished;
import dev.relevo.common.protocol.HeaderNames;
import dev.relevo.common.protocol.JobIds;
import dev.relevo.common.protocol.ReplyPlace;
import dev.relevo.common.protocol.ReplyRecord;
import dev.relevo.node.WorkerNode;
import dev.relevo.node.backend.Completion;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.header.Headers;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Attempts whose reply place is not there, or goes: they end soon, and hold nobody up. */
class MissingPlacesTest {
  private static final int CAPACITY = 4;

  /** A producer waits five seconds for a topic that it does not know. */
  private static final Duration PRODUCERS_PATIENCE = Duration.ofSeconds(5);

  /** It tries to deliver for thirty to one that it knew. */
  private static final Duration DELIVERY = Duration.ofSeconds(30);

  private final House house = new House("missing-" + UUID.randomUUID());
  private final ScriptedWorker worker = new ScriptedWorker("local", 10, true);
  private WorkerNode node;

  @BeforeEach
  void start() throws Exception {
    node = house.node("node-missing", CAPACITY, worker);
  }

  @AfterEach
  void stop() {
    node.kill();
    house.close();
  }

  private ReplyPlace nowhere() {
    return new ReplyPlace(
        house.topics.replies(JobIds.create(System.currentTimeMillis(), new Random())), 0, 0);
  }

  @Test
  void jobsThatNobodyListensToLeaveTheirPlacesInTheNodeAtOnce() throws Exception {
    long beganNanos = System.nanoTime();
    List<Assignment> unheard = new ArrayList<>();
    for (int i = 0; i < CAPACITY; i++) {
      worker.then(hangs("a", "b"));
      Assignment job = house.first(node, nowhere());
      unheard.add(job);
      house.assign(node, job);
    }
    for (Assignment job : unheard) {
      assertThat(house.event(job.fence(), Finished.class).outcome())
          .isEqualTo(AttemptOutcome.CANCELLED);
    }
    Duration took = Duration.ofNanos(System.nanoTime() - beganNanos);
    System.out.printf("%d attempts without a reply topic ended after %s%n", CAPACITY, took);
    assertThat(took).isLessThan(PRODUCERS_PATIENCE);

    ReplyPlace place = house.replyPlace();
    worker.then(says("Hello"));
    Assignment good = house.first(node, place);
    house.assign(node, good);
    assertThat(house.replies(place, good.fence()).getLast()).isInstanceOf(ReplyRecord.Done.class);
  }

  @Test
  void aPartitionThatTheTopicDoesNotHaveIsNoPlace() {
    ReplyPlace place = new ReplyPlace(house.replyPlace().topic(), 7, 0);
    worker.then(hangs());
    Assignment job = house.first(node, place);

    house.assign(node, job);

    assertThat(house.event(job.fence(), Finished.class).outcome())
        .isEqualTo(AttemptOutcome.CANCELLED);
  }

  @Test
  void anAnswerWhoseTopicVanishesIsStoppedSoon() throws Exception {
    ReplyPlace place = house.replyPlace();
    CountDownLatch vanished = new CountDownLatch(1);
    worker.then((request, sink) -> {
      sink.accept(0, Delta.text("a"));
      vanished.await(30, TimeUnit.SECONDS);
      sink.accept(0, Delta.text("b"));
      CountDownLatch cancelled = new CountDownLatch(1);
      request.cancellation().onCancel(cancelled::countDown);
      cancelled.await(30, TimeUnit.SECONDS);
      return new Completion.Cancelled("stopped");
    });
    Assignment job = house.first(node, place);
    house.assign(node, job);
    house.replies(place, job.fence(), reply -> reply instanceof ReplyRecord.Chunk);

    try (Admin admin = house.clients.admin("vanish")) {
      admin.deleteTopics(List.of(place.topic())).all().get(30, TimeUnit.SECONDS);
    }
    long beganNanos = System.nanoTime();
    vanished.countDown();

    assertThat(house.event(job.fence(), Finished.class).outcome())
        .isEqualTo(AttemptOutcome.CANCELLED);
    Duration took = Duration.ofNanos(System.nanoTime() - beganNanos);
    System.out.printf("an attempt whose topic vanished ended after %s%n", took);
    assertThat(took).isLessThan(DELIVERY.dividedBy(2));
  }

  @Test
  void garbageInItsSlotNeitherStopsNorDelaysANode() throws Exception {
    Assignment model = house.first(node, null);
    Headers farAway = model.toHeaders();
    farAway.remove(HeaderNames.FENCE);
    farAway.add(HeaderNames.FENCE, "2000000000.1.1".getBytes(StandardCharsets.UTF_8));
    house.assign(node, "far-away", farAway, "{}");
    Headers endless = model.toHeaders();
    endless.add(HeaderNames.NODE, new byte[5_000]);
    house.assign(node, "endless", endless, "{}");
    house.assign(node, "k".repeat(100_000), model.toHeaders(), "{}");
    worker.then(says("Hello"));
    Assignment good = house.first(node, null);

    house.assign(node, good);

    assertThat(house.event(good.fence(), Finished.class).outcome())
        .isEqualTo(AttemptOutcome.SUCCEEDED);
  }
}
