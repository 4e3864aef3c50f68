package dev.relevo.gateway.batches;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.common.kafka.KafkaAccess;
import dev.relevo.common.kafka.KafkaClients;
import dev.relevo.common.kafka.TopicLayout;
import dev.relevo.common.protocol.JobIds;
import dev.relevo.gateway.files.FileStore;
import dev.relevo.gateway.files.FileWriter;
import dev.relevo.gateway.files.StoredFile;
import dev.relevo.testkit.HouseOptions;
import dev.relevo.testkit.RelevoHouse;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** What becomes of files and batches with time. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SweepTest {
  private RelevoHouse house;
  private BatchRun.Tools tools;
  private Instant now = Instant.now();

  @BeforeAll
  void start() {
    house = RelevoHouse.start(HouseOptions.defaults().withNodes(0));
    KafkaClients clients = new KafkaClients(KafkaAccess.to(house.bootstrapServers()));
    TopicLayout layout = TopicLayout.defaults().withPrefix(house.topics().prefix());
    tools =
        new BatchRun.Tools(
            clients,
            layout,
            new FileStore(clients, layout, () -> now, BatchDoor.FILE_LIMITS),
            new BatchBook(),
            new BatchLog(clients, layout),
            BatchDoor.LIMITS,
            new BatchMeters(new SimpleMeterRegistry()),
            () -> now);
  }

  @BeforeEach
  void today() {
    now = Instant.now();
  }

  @AfterAll
  void stop() {
    tools.log().close();
    tools.files().close();
    house.close();
  }

  private StoredFile file(Duration life, @Nullable String batch) {
    try (FileWriter writer = tools.files().create()) {
      writer.write("content".getBytes(StandardCharsets.UTF_8), 0, 7);
      return writer.finish("a.jsonl", "batch", "school", life, batch);
    }
  }

  private void sweep() {
    new Sweeper(tools).sweep();
  }

  private void awaitTopic(String uuid, boolean there) throws Exception {
    BatchDoor.awaitTopics(house, topics -> topics.contains(house.topics().file(uuid)) == there);
  }

  /** Puts a record where the book has it. */
  private void say(String batch, BatchRecord record) {
    tools
        .book()
        .take(
            new ConsumerRecord<>(
                "batches", 0, 0, BatchCodec.key(batch, record.kind()), BatchCodec.encode(record)));
  }

  private String batch(String inputFile) {
    String uuid = JobIds.create(now.toEpochMilli(), new java.util.Random(7));
    say(
        uuid,
        new BatchRecord.Created(
            "school", inputFile, "/v1/chat/completions", now.toEpochMilli(), 0, Map.of(), 0));
    return uuid;
  }

  @Test
  void aFileGoesWhenItsTimeIsOver() throws Exception {
    StoredFile brief = file(Duration.ofHours(1), null);
    StoredFile longer = file(Duration.ofHours(3), null);
    now = now.plus(Duration.ofHours(2));

    assertThat(tools.files().find(brief.id())).isEmpty();
    assertThat(tools.files().find(longer.id())).contains(longer);
    assertThat(tools.files().list(any -> true)).contains(longer).doesNotContain(brief);
    sweep();
    awaitTopic(brief.uuid(), false);
    awaitTopic(longer.uuid(), true);
    assertThat(tools.files().findEvenExpired(brief.id())).isEmpty();
  }

  @Test
  void aFileOfABatchThatHasNotEndedStaysThatLong() throws Exception {
    StoredFile input = file(Duration.ofHours(1), null);
    String batch = batch(input.id());
    now = now.plus(Duration.ofHours(2));

    sweep();
    assertThat(tools.files().findEvenExpired(input.id())).contains(input);
    say(batch, ended(null));
    sweep();
    awaitTopic(input.uuid(), false);
  }

  private BatchRecord.Ended ended(@Nullable String output) {
    return new BatchRecord.Ended(
        BatchStatus.COMPLETED,
        now.toEpochMilli(),
        1,
        1,
        0,
        0,
        0,
        null,
        null,
        output,
        null,
        List.of());
  }

  @Test
  void whatWasBegunAndNeverFinishedGoesAfterADay() throws Exception {
    StoredFile whole = file(Duration.ofDays(3), null);
    // Left open, as by a process that died.
    FileWriter broken = tools.files().create();
    broken.write(new byte[1_000], 0, 1_000);
    String uuid = broken.uuid();
    now = now.plus(Duration.ofHours(23));
    sweep();
    awaitTopic(uuid, true);
    assertThat(tools.files().list(any -> true)).contains(whole).hasSizeGreaterThan(0);

    now = now.plus(Duration.ofHours(2));
    sweep();
    awaitTopic(uuid, false);
    awaitTopic(whole.uuid(), true);
    broken.close();
  }

  @Test
  void aFileThatItsBatchDoesNotNameGoes() throws Exception {
    String batch = batch("file-x");
    StoredFile lost = file(Duration.ofDays(3), batch);
    StoredFile named = file(Duration.ofDays(3), batch);
    now = now.plus(Duration.ofHours(2));
    sweep();
    awaitTopic(lost.uuid(), true);

    say(batch, ended(named.id()));
    sweep();
    awaitTopic(lost.uuid(), false);
    awaitTopic(named.uuid(), true);
  }

  @Test
  void aBatchIsForgottenWhenItsFilesHaveGone() throws Exception {
    try (BatchDoor gateway = BatchDoor.open(house)) {
      String batch = batch("file-x");
      tools.log().append(batch, tools.book().find(batch).orElseThrow().created());
      tools.log().append(batch, ended(null));
      say(batch, ended(null));
      assertThat(knows(gateway, batch, true)).isTrue();

      now = now.plus(Duration.ofDays(32));
      sweep();
      assertThat(knows(gateway, batch, false)).isTrue();
    }
  }

  @Test
  void aNewBatchPushesOutAllThatAreTooMany() throws Exception {
    java.util.Random random = new java.util.Random(8);
    for (int number = 0; number < 3; number++) {
      String uuid = JobIds.create(now.toEpochMilli(), random);
      tools
          .log()
          .append(
              uuid,
              new BatchRecord.Created(
                  "school", "file-x", BatchRequest.ENDPOINT, now.toEpochMilli(), 0, Map.of(), 0));
      tools.log().append(uuid, ended(null));
    }
    BatchLimits one = new BatchLimits(8, 4, 8, 1, Duration.ofHours(24), Duration.ofSeconds(1));
    try (BatchDoor gateway = BatchDoor.open(house, one, BatchDoor.FILE_LIMITS)) {
      String made = gateway.create("no line\n").id();

      BatchBook book = gateway.batches.book();
      assertThat(book.await(() -> book.size() == 1, Duration.ofSeconds(10))).isTrue();
      assertThat(book.all()).extracting(Batch::id).containsExactly(made);
    }
  }

  @Test
  void whatIsForgottenByHalfGoesWholly() {
    String batch = JobIds.create(now.toEpochMilli(), new java.util.Random(9));
    say(batch, ended(null));
    assertThat(tools.book().halfForgotten()).containsExactly(batch);

    sweep();
    assertThat(clearedAway(batch)).contains(BatchCodec.key(batch, "ended"));
    tools.book().take(new ConsumerRecord<>("batches", 0, 0, BatchCodec.key(batch, "ended"), null));
  }

  /** The keys of a batch that stand in Kafka without a value. */
  private List<String> clearedAway(String batch) {
    TopicPartition place =
        new TopicPartition(tools.layout().names().batches(), tools.log().partition(batch));
    List<String> keys = new ArrayList<>();
    try (Consumer<String, byte[]> reader = tools.clients().scanConsumer("test-forgotten")) {
      reader.assign(List.of(place));
      reader.seekToBeginning(List.of(place));
      long end = reader.endOffsets(List.of(place)).get(place);
      while (reader.position(place) < end) {
        reader
            .poll(Duration.ofMillis(50))
            .forEach(record -> {
              if (record.value() == null && record.key().startsWith(batch)) {
                keys.add(record.key());
              }
            });
      }
    }
    return keys;
  }

  private static boolean knows(BatchDoor gateway, String batch, boolean wanted)
      throws InterruptedException {
    BatchBook book = gateway.batches.book();
    return book.await(
        () -> book.find(batch).map(Batch::isEnded).orElse(false) == wanted, Duration.ofSeconds(10));
  }
}
