package dev.relevo.gateway.batches;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.common.kafka.KafkaAccess;
import dev.relevo.common.kafka.KafkaClients;
import dev.relevo.common.kafka.KafkaClients.FetchWait;
import dev.relevo.common.kafka.KafkaClients.Start;
import dev.relevo.common.kafka.TopicLayout;
import dev.relevo.common.protocol.JobIds;
import dev.relevo.gateway.GatewayFixture;
import dev.relevo.gateway.files.FileStore;
import dev.relevo.gateway.files.FileWriter;
import dev.relevo.gateway.files.StoredFile;
import dev.relevo.operator.batch.BoundedLines;
import dev.relevo.testkit.ModelCall;
import dev.relevo.testkit.RelevoHouse;
import dev.relevo.testkit.ScriptedModel;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import tools.jackson.databind.json.JsonMapper;

/**
 * Two gateways that both take a batch for theirs, as when one was frozen and its group gave the
 * batch away: everything is real but the group, which confirms to both.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class TwoOwnersTest {
  private static final int LINES = 40;
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private RelevoHouse house;
  private KafkaClients clients;
  private TopicLayout layout;
  private FileStore files;
  private BatchLog log;

  @BeforeAll
  void start() {
    house = RelevoHouse.start(GatewayFixture.house().withSetting("node.capacity", "256"));
    clients = new KafkaClients(KafkaAccess.to(house.bootstrapServers()));
    layout = TopicLayout.defaults().withPrefix(house.topics().prefix());
    files = new FileStore(clients, layout, InstantSource.system(), BatchDoor.FILE_LIMITS);
    log = new BatchLog(clients, layout);
  }

  @AfterAll
  void stop() {
    log.close();
    files.close();
    house.close();
  }

  private Consumer<String, byte[]> reader() {
    Consumer<String, byte[]> reader =
        clients.assignedConsumer("test-batches", FetchWait.CHANGING, Start.EARLIEST);
    List<TopicPartition> all =
        IntStream.range(0, log.partitions())
            .mapToObj(partition -> new TopicPartition(layout.names().batches(), partition))
            .toList();
    reader.assign(all);
    reader.seekToBeginning(all);
    return reader;
  }

  /** A gateway, as far as it runs one batch; frozen, it reads nothing and has no time. */
  private final class Owner implements AutoCloseable {
    private final BatchBook book = new BatchBook();
    private final CountDownLatch asked = new CountDownLatch(1);
    private final CountDownLatch confirmed = new CountDownLatch(1);
    private volatile CountDownLatch warm = new CountDownLatch(0);
    private volatile boolean closed;
    private volatile boolean goesWrong;
    private BatchRun run;
    private Thread running;

    Owner() {
      var _ = Thread.ofPlatform().daemon().start(this::read);
    }

    private void read() {
      try (Consumer<String, byte[]> reader = reader()) {
        while (!closed) {
          awaitWarm();
          reader.poll(Duration.ofMillis(20)).forEach(book::take);
          reader
              .assignment()
              .forEach(place -> book.read(place.partition(), reader.position(place)));
        }
      }
    }

    void freeze() {
      warm = new CountDownLatch(1);
    }

    void thaw() {
      warm.countDown();
    }

    private void awaitWarm() {
      awaitLatch(warm);
    }

    private Instant now() {
      awaitWarm();
      return Instant.now();
    }

    Batch await(String uuid, Predicate<Batch> wanted) throws Exception {
      assertThat(book.await(() -> book.find(uuid).filter(wanted).isPresent(), PATIENCE)).isTrue();
      return book.find(uuid).orElseThrow();
    }

    Owner begin(String uuid) throws Exception {
      BatchRun.Tools tools =
          new BatchRun.Tools(
              clients,
              layout,
              files,
              book,
              log,
              BatchDoor.LIMITS,
              new BatchMeters(new SimpleMeterRegistry()),
              this::now);
      run = new BatchRun(tools, await(uuid, any -> true), this::isConfirmed);
      running = Thread.ofPlatform().daemon().start(run);
      return this;
    }

    /** The group answers when the test wants it to. */
    private boolean isConfirmed() {
      asked.countDown();
      awaitLatch(confirmed);
      if (goesWrong) {
        throw new IllegalStateException("what it reads is gone");
      }
      return true;
    }

    /** What it does when the group answers fails. */
    Owner goingWrong() {
      goesWrong = true;
      return confirmed();
    }

    Owner confirmed() {
      confirmed.countDown();
      return this;
    }

    void awaitOver() throws InterruptedException {
      assertThat(running.join(PATIENCE)).isTrue();
      assertThat(run.isOver()).isTrue();
      assertThat(run.isBroken()).isFalse();
    }

    @Override
    public void close() {
      confirmed.countDown();
      thaw();
      closed = true;
      run.stop();
    }
  }

  private static void awaitLatch(CountDownLatch latch) {
    try {
      assertThat(latch.await(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private String create(String model) {
    StoredFile input;
    try (FileWriter writer = files.create()) {
      byte[] lines = BatchDoor.lines(LINES, model).getBytes(StandardCharsets.UTF_8);
      writer.write(lines, 0, lines.length);
      input = writer.finish("in.jsonl", "batch", "school", Duration.ofDays(1), null);
    }
    long nowMs = System.currentTimeMillis();
    String uuid = JobIds.create(nowMs, new SecureRandom());
    log.append(
        uuid,
        new BatchRecord.Created(
            "school",
            input.id(),
            BatchRequest.ENDPOINT,
            nowMs,
            nowMs + 86_400_000,
            Map.of(),
            86_400_000));
    return uuid;
  }

  /** One end counts for both and after a compaction, its file is whole, and no other is there. */
  private void assertOneEnd(String uuid, ScriptedModel model, Owner... owners) throws Exception {
    BatchRecord.Ended end = owners[0].await(uuid, Batch::isEnded).ended();
    for (Owner owner : owners) {
      assertThat(owner.await(uuid, Batch::isEnded).ended()).isEqualTo(end);
    }
    assertThat(compacted().find(uuid).orElseThrow().ended()).isEqualTo(end);
    assertThat(end.status()).isEqualTo(BatchStatus.COMPLETED);
    assertThat(List.of(end.total(), end.completed(), end.failed()))
        .containsExactly(LINES, LINES, 0);
    assertThat(end.errorFile()).isNull();
    assertThat(customIds(String.valueOf(end.outputFile())))
        .containsExactlyInAnyOrderElementsOf(BatchDoor.ids(LINES));
    assertThat(model.calls()).extracting(ModelCall::question).doesNotHaveDuplicates();
    assertThat(model.calls()).hasSize(LINES);
    String kept = String.valueOf(end.outputFile()).substring("file-".length());
    BatchDoor.awaitTopics(
        house,
        topics ->
            answerFiles(uuid, topics).equals(Set.of(kept))
                && !topics.contains(BatchInbox.topic(layout.names(), uuid)));
  }

  /** Topics of files that a batch wrote, and of such as never became one. */
  private Set<String> answerFiles(String batch, Set<String> topics) {
    Set<String> all =
        topics.stream()
            .flatMap(topic -> layout.names().fileOf(topic).stream())
            .collect(Collectors.toSet());
    files.list(file -> !batch.equals(file.batch())).forEach(file -> all.remove(file.uuid()));
    return all;
  }

  private List<String> customIds(String file) throws Exception {
    List<String> ids = new ArrayList<>();
    try (BoundedLines lines =
        new BoundedLines(files.open(files.find(file).orElseThrow()), 1 << 20)) {
      for (BoundedLines.Line line = lines.next(); line != null; line = lines.next()) {
        ids.add(
            JsonMapper.shared().readTree(line.bytes()).path("custom_id").asString("no custom_id"));
      }
    }
    return ids;
  }

  /** What a gateway reads that comes when nothing but the last record of each key is left. */
  private BatchBook compacted() {
    BatchBook book = new BatchBook();
    try (Consumer<String, byte[]> reader = reader()) {
      Map<TopicPartition, Long> ends = reader.endOffsets(reader.assignment());
      Map<String, ConsumerRecord<String, byte[]>> last = new LinkedHashMap<>();
      while (ends.entrySet().stream()
          .anyMatch(end -> reader.position(end.getKey()) < end.getValue())) {
        for (ConsumerRecord<String, byte[]> record : reader.poll(Duration.ofMillis(50))) {
          last.remove(record.key());
          last.put(record.key(), record);
        }
      }
      last.values().forEach(book::take);
    }
    return book;
  }

  @Test
  void bothWorkAtOnce() throws Exception {
    ScriptedModel model = house.model("at-once");
    model.answers("an answer");
    String uuid = create("at-once");
    try (Owner first = new Owner();
        Owner second = new Owner()) {
      first.confirmed().begin(uuid);
      second.confirmed().begin(uuid);
      first.awaitOver();
      second.awaitOver();

      assertOneEnd(uuid, model, first, second);
    }
  }

  @Test
  void oneThatWasFrozenBeforeItSaidTheEndSaysItLater() throws Exception {
    ScriptedModel model = house.model("late-word");
    model.answers("an answer");
    String uuid = create("late-word");
    try (Owner frozen = new Owner();
        Owner other = new Owner()) {
      frozen.begin(uuid);
      awaitLatch(frozen.asked);
      frozen.freeze();
      other.confirmed().begin(uuid).awaitOver();
      other.await(uuid, Batch::isEnded);

      frozen.confirmed();
      assertThat(other.book.await(() -> other.book.ends(uuid).size() == 2, PATIENCE)).isTrue();
      frozen.thaw();
      frozen.awaitOver();

      assertOneEnd(uuid, model, frozen, other);
    }
  }

  @Test
  void oneThatGoesWrongBecauseAnotherHasEndedItIsNotBroken() throws Exception {
    ScriptedModel model = house.model("left-behind");
    model.answers("an answer");
    String uuid = create("left-behind");
    try (Owner frozen = new Owner();
        Owner other = new Owner()) {
      frozen.begin(uuid);
      awaitLatch(frozen.asked);
      frozen.freeze();
      other.confirmed().begin(uuid).awaitOver();

      frozen.goingWrong();
      // Only one that judges by a book that is behind ends before that is read on.
      var _ = frozen.running.join(Duration.ofMillis(300));
      frozen.thaw();
      frozen.awaitOver();

      assertOneEnd(uuid, model, frozen, other);
    }
  }

  @Test
  void oneThatIsForgottenWhileItEndsKeepsItsFiles() throws Exception {
    house.model("forgotten").answers("an answer");
    String uuid = create("forgotten");
    try (Owner owner = new Owner()) {
      owner.begin(uuid);
      awaitLatch(owner.asked);
      log.forget(uuid, Set.of());
      assertThat(owner.book.await(() -> owner.book.find(uuid).isEmpty(), PATIENCE)).isTrue();
      owner.confirmed().awaitOver();

      assertThat(files.list(file -> uuid.equals(file.batch()))).hasSize(1);
    }
  }

  @Test
  void oneWhoseJobsAreUnderWayStopsWhenItReadsOfTheEnd() throws Exception {
    ScriptedModel model = house.model("mid-flight");
    model.answers("one two").holdsAtChunk(1);
    String uuid = create("mid-flight");
    try (Owner frozen = new Owner();
        Owner other = new Owner()) {
      frozen.confirmed().begin(uuid);
      model.awaitCalls(LINES);
      frozen.freeze();
      other.confirmed().begin(uuid);
      model.release();
      other.awaitOver();
      other.await(uuid, Batch::isEnded);
      frozen.thaw();
      frozen.awaitOver();

      assertOneEnd(uuid, model, frozen, other);
    }
  }
}
