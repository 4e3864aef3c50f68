package dev.relevo.gateway.batches;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.openai.models.batches.Batch;
import dev.relevo.common.kafka.KafkaAccess;
import dev.relevo.common.kafka.KafkaClients;
import dev.relevo.common.kafka.KafkaProblem;
import dev.relevo.common.kafka.TopicLayout;
import dev.relevo.gateway.GatewayFixture;
import dev.relevo.testkit.ModelCall;
import dev.relevo.testkit.RelevoHouse;
import dev.relevo.testkit.ScriptedModel;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.common.config.ConfigResource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import tools.jackson.databind.JsonNode;

/** Gateways that go in the middle of a batch, others that go on, and batches of many lines. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class BatchTakeOverTest {
  private static final int LINES = 60;
  private static final int WINDOW = 20;
  private static final BatchLimits LIMITS =
      BatchDoor.LIMITS.withWindow(WINDOW).withQuiet(Duration.ofSeconds(1));

  private RelevoHouse house;

  @BeforeAll
  void start() {
    house = RelevoHouse.start(GatewayFixture.house().withSetting("node.capacity", "256"));
  }

  @AfterAll
  void stop() {
    house.close();
  }

  private BatchDoor open() throws Exception {
    return BatchDoor.open(house, LIMITS, BatchDoor.FILE_LIMITS);
  }

  /** A model that answers the first lines at once and holds the others half way. */
  private ScriptedModel halfWay(String name) {
    house
        .model(name)
        .answers(call -> "You said: " + call.question())
        .then()
        .answers(call -> "You said: " + call.question())
        .then()
        .answers(call -> "You said: " + call.question())
        .holdsAtChunk(1);
    return house.model(name);
  }

  private void assertEveryLineOnce(BatchDoor gateway, Batch end, ScriptedModel model)
      throws Exception {
    assertThat(end.status()).isEqualTo(Batch.Status.COMPLETED);
    assertThat(end.requestCounts().orElseThrow().completed()).isEqualTo(LINES);
    Map<String, JsonNode> output = gateway.lines(end.outputFileId().orElseThrow());
    assertThat(output.keySet()).containsExactlyInAnyOrderElementsOf(BatchDoor.ids(LINES));
    output.forEach((id, line) ->
        assertThat(
                line.path("response")
                    .path("body")
                    .path("choices")
                    .path(0)
                    .path("message")
                    .path("content")
                    .asString())
            .isEqualTo("You said: question " + id.substring(2)));
    assertThat(model.calls()).extracting(ModelCall::question).doesNotHaveDuplicates();
    assertThat(model.calls()).hasSize(LINES);
  }

  @Test
  void anotherGatewayFinishesWhatOneThatWasClosedBegan() throws Exception {
    ScriptedModel model = halfWay("closed");
    try (BatchDoor second = open()) {
      Batch batch;
      try (BatchDoor first = open()) {
        batch = first.create(BatchDoor.lines(LINES, "closed"));
        model.awaitCalls(WINDOW + 2);
      }
      model.release();
      Batch end = second.awaitEnd(batch);

      assertEveryLineOnce(second, end, model);
    }
  }

  @Test
  void aGatewayFinishesWhatOneThatDiedBegan() throws Exception {
    ScriptedModel model = halfWay("dead");
    BatchDoor first = open();
    Batch batch = first.create(BatchDoor.lines(LINES, "dead"));
    model.awaitCalls(WINDOW + 2);
    first.door.close();
    first.batches.die();
    model.release();
    try (BatchDoor second = open()) {
      assertThat(second.sdk.batches().retrieve(batch.id()).status())
          .isEqualTo(Batch.Status.IN_PROGRESS);
      Batch end = second.awaitEnd(batch);

      assertEveryLineOnce(second, end, model);
    }
  }

  @Test
  void aCancelIsCarriedOutByWhoeverHasTheBatch() throws Exception {
    ScriptedModel model = halfWay("both");
    BatchDoor first = open();
    Batch batch = first.create(BatchDoor.lines(LINES, "both"));
    model.awaitCalls(WINDOW + 2);
    first.close();
    try (BatchDoor second = open()) {
      second.sdk.batches().cancel(batch.id());
      Batch end = second.awaitEnd(batch);

      assertThat(end.status()).isEqualTo(Batch.Status.CANCELLED);
      int done = second.lines(end.outputFileId().orElseThrow()).size();
      int stopped = second.lines(end.errorFileId().orElseThrow()).size();
      assertThat(done + stopped).isEqualTo(LINES);
      assertThat(done).isGreaterThanOrEqualTo(2);
      assertThat(stopped).isGreaterThanOrEqualTo(LINES - 2 * WINDOW - 2);
    }
    model.release();
  }

  @Test
  void aCancelThatKafkaRefusesLateIsNotLost() throws Exception {
    KafkaClients clients = new KafkaClients(KafkaAccess.to(house.bootstrapServers()));
    TopicLayout layout = TopicLayout.defaults().withPrefix(house.topics().prefix());
    try (Admin admin = clients.admin("test");
        BatchInbox inbox = new BatchInbox(clients, layout, "nobodys")) {
      mostBytes(admin, layout.names().control(), AlterConfigOp.OpType.SET);
      inbox.cancel("some-job", "nobody wants it");
      assertThatThrownBy(() -> await(() -> inbox.sendAgain() > 0))
          .isInstanceOf(KafkaProblem.class)
          .hasMessageContaining("larger than Kafka takes");
      assertThat(inbox.hasOpenCancels()).isTrue();
    } finally {
      try (Admin admin = clients.admin("test")) {
        mostBytes(admin, layout.names().control(), AlterConfigOp.OpType.DELETE);
      }
    }
    try (BatchInbox inbox = new BatchInbox(clients, layout, "nobodys")) {
      inbox.cancel("some-job", "nobody wants it");
      await(() -> inbox.sendAgain() == 0 && !inbox.hasOpenCancels());
    }
  }

  /** With one byte Kafka refuses whatever is sent there. */
  private static void mostBytes(Admin admin, String topic, AlterConfigOp.OpType change)
      throws Exception {
    ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
    admin
        .incrementalAlterConfigs(
            Map.of(
                resource,
                List.of(new AlterConfigOp(new ConfigEntry("max.message.bytes", "1"), change))))
        .all()
        .get();
  }

  private static void await(BooleanSupplier holds) {
    long untilNanos = System.nanoTime() + Duration.ofSeconds(30).toNanos();
    while (!holds.getAsBoolean()) {
      assertThat(System.nanoTime()).isLessThan(untilNanos);
      LockSupport.parkNanos(10_000_000);
    }
  }

  @Test
  void tenThousandLinesTakeBoundedMemory() throws Exception {
    int lines = 10_000;
    house.model("echo").answers("an answer").counting(2, 2);
    String file = BatchDoor.lines(lines, "echo");
    try (BatchDoor gateway = BatchDoor.open(house)) {
      long heapBefore = liveHeap();
      long startNanos = System.nanoTime();
      Batch batch = gateway.create(file);
      BatchRun run = awaitRun(gateway);
      Batch end = gateway.awaitEnd(batch);
      long millis = (System.nanoTime() - startNanos) / 1_000_000;

      assertThat(end.status()).isEqualTo(Batch.Status.COMPLETED);
      assertThat(end.requestCounts().orElseThrow().completed()).isEqualTo(lines);
      assertThat(end.usage().orElseThrow().totalTokens()).isEqualTo(4L * lines);
      assertThat(gateway.lines(end.outputFileId().orElseThrow())).hasSize(lines);
      assertThat(run.mostFlying()).isBetween(1, BatchDoor.LIMITS.window());
      System.out.printf(
          "%,d lines in %,d ms: %,d a second, at most %d under way; live heap %d MiB before, %d MiB"
              + " after%n",
          lines,
          millis,
          lines * 1_000L / millis,
          run.mostFlying(),
          heapBefore >> 20,
          liveHeap() >> 20);
    }
  }

  private static BatchRun awaitRun(BatchDoor gateway) throws InterruptedException {
    assertThat(
            gateway
                .batches
                .book()
                .await(() -> !gateway.batches.runs().isEmpty(), Duration.ofSeconds(20)))
        .isTrue();
    return gateway.batches.runs().iterator().next();
  }

  private static long liveHeap() {
    System.gc();
    return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
  }
}
