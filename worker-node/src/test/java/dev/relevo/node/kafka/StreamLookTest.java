package dev.relevo.node.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.common.kafka.TopicInquiry;
import dev.relevo.common.protocol.Assignment;
import dev.relevo.common.protocol.Delta;
import dev.relevo.common.protocol.Failover;
import dev.relevo.common.protocol.Fence;
import dev.relevo.common.protocol.ReplyPlace;
import dev.relevo.common.protocol.ReplyRecord;
import dev.relevo.common.protocol.ReplyRecord.Chunk;
import dev.relevo.common.protocol.ReplyRecord.Failed;
import dev.relevo.common.protocol.ReplyRecord.Started;
import dev.relevo.node.WorkerNode;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Whose a stream is, read from a real broker. */
class StreamLookTest {
  private static House house;
  private static WorkerNode node;
  private static ScheduledExecutorService timer;
  private static Admin admin;
  private static StreamLook look;

  @BeforeAll
  static void build() throws Exception {
    house = new House("look-" + UUID.randomUUID());
    node = house.node("attic", 1, new ScriptedWorker("local", 10, true));
    timer = Executors.newSingleThreadScheduledExecutor();
    admin = house.clients.admin("look");
    look = new StreamLook(house.clients, new TopicInquiry(admin, timer), "look", NodeTime.SYSTEM);
  }

  @AfterAll
  static void leave() {
    node.kill();
    admin.close();
    timer.shutdownNow();
    house.close();
  }

  private static Assignment attempt(ReplyPlace place) {
    return house.assignment(node, place, true, Failover.SEAMLESS, 60_000);
  }

  /** What an attempt holds that has written its claim and a piece. */
  private static StreamLook.Held held(Assignment attempt) {
    ReplyPlace place = attempt.headers().replyPlace();
    return new StreamLook.Held(
        attempt,
        house.earlier(
            place,
            attempt.job(),
            attempt.fence(),
            new Started("attic"),
            new Chunk(0, 0, Delta.text("Hello"))));
  }

  private static void others(Assignment attempt, Fence fence, ReplyRecord record) {
    house.earlier(attempt.headers().replyPlace(), attempt.job(), fence, record);
  }

  private static Fence above(Fence fence) {
    return new Fence(fence.home(), fence.epoch() + 1, 0);
  }

  @Test
  void aHigherClaimOrADispatchersEndTakesAStreamAway() {
    ReplyPlace inbox = house.replyPlace();
    Assignment claimed = attempt(inbox);
    Assignment ended = attempt(inbox);
    Assignment kept = attempt(inbox);
    List<StreamLook.Held> all = List.of(held(claimed), held(ended), held(kept));
    assertThat(look.takenOver(all)).isEmpty();

    others(claimed, above(claimed.fence()), new Started("barn"));
    // What a late node writes behind it changes nothing.
    others(claimed, claimed.fence(), new Chunk(1, 0, Delta.text(" world")));
    others(ended, above(ended.fence()), new Failed("deadline_exceeded", "late", 1));

    assertThat(look.takenOver(all)).containsExactlyInAnyOrder(claimed.fence(), ended.fence());
  }

  @Test
  void aFirstAttemptThatComesLateFindsTheClaimThatStandsBeforeItsOwn() {
    Assignment late = attempt(house.replyPlace());
    others(late, above(late.fence()), new Started("barn"));

    assertThat(look.takenOver(List.of(held(late)))).containsExactly(late.fence());
  }

  @Test
  void whatTheReadersRuleIgnoresTakesNothingAway() {
    Assignment attempt = attempt(house.replyPlace());
    StreamLook.Held held = held(attempt);
    Fence own = attempt.fence();
    others(attempt, new Fence(own.home() + 1, own.epoch() + 1, 0), new Started("barn"));
    others(attempt, new Fence(own.home(), own.epoch() - 1, 0), new Started("barn"));
    others(attempt, above(own), new Chunk(1, 0, Delta.text("no claim")));

    assertThat(look.takenOver(List.of(held))).isEmpty();
  }

  @Test
  void aPlaceThatIsGoneHidesNothingOfTheOthers() throws Exception {
    Assignment unheard = attempt(house.replyPlace());
    Assignment claimed = attempt(house.replyPlace());
    List<StreamLook.Held> all = List.of(held(unheard), held(claimed));
    others(claimed, above(claimed.fence()), new Started("barn"));
    admin
        .deleteTopics(List.of(unheard.headers().replyPlace().topic()))
        .all()
        .get(House.PATIENCE.toSeconds(), TimeUnit.SECONDS);
    long beganNanos = System.nanoTime();

    assertThat(look.takenOver(all)).containsExactly(claimed.fence());

    System.out.printf(
        "looked into two streams, one of them gone, in %s%n",
        Duration.ofNanos(System.nanoTime() - beganNanos));
  }

  @Test
  void aJobWithoutAReplyPlaceHasNoStream() {
    Assignment attempt = house.first(node, null);

    assertThat(look.takenOver(List.of(new StreamLook.Held(attempt, -1)))).isEmpty();
  }
}
