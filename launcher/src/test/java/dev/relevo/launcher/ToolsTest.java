package dev.relevo.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.broker.TestBroker;
import dev.relevo.common.config.Settings;
import dev.relevo.common.config.SettingsLoader;
import dev.relevo.common.kafka.KafkaClients;
import dev.relevo.common.kafka.KafkaClients.FetchWait;
import dev.relevo.common.kafka.KafkaClients.Start;
import dev.relevo.common.kafka.ProducerProfile;
import dev.relevo.common.protocol.BeatRecord;
import dev.relevo.common.protocol.ControlRecord;
import dev.relevo.common.protocol.Delta;
import dev.relevo.common.protocol.Fence;
import dev.relevo.common.protocol.FinishReason;
import dev.relevo.common.protocol.JobHeaders;
import dev.relevo.common.protocol.Message;
import dev.relevo.common.protocol.MessageCodec;
import dev.relevo.common.protocol.NodeBeat;
import dev.relevo.common.protocol.ReplyRecord;
import dev.relevo.common.protocol.TopicNames;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.Timeout;

/** The tools on a real Kafka; the test is the dispatcher and the nodes. */
@Timeout(120)
class ToolsTest {
  private static final String SERVERS = TestBroker.shared().bootstrapServers();
  private static final Duration POLL = Duration.ofMillis(500);

  private String prefix = "";
  private TopicNames names = new TopicNames("none");
  private KafkaClients clients = KafkaDoor.clients(Settings.defaults().kafka());

  @BeforeEach
  void useAPrefixOfItsOwn(TestInfo test) {
    prefix = "tools-" + test.getTestMethod().orElseThrow().getName();
    names = new TopicNames(prefix);
    Settings settings = new SettingsLoader().load(null, environment());
    clients = KafkaDoor.clients(settings.kafka());
  }

  private Map<String, String> environment() {
    return Map.of(
        "RELEVO_KAFKA_BOOTSTRAP_SERVERS",
        SERVERS,
        "RELEVO_KAFKA_TOPICS_PREFIX",
        prefix,
        "RELEVO_KAFKA_TOPICS_JOBS_PARTITIONS",
        "2",
        "RELEVO_KAFKA_TOPICS_SLOTS",
        "2");
  }

  private TestTerminal terminal() {
    TestTerminal terminal = new TestTerminal();
    environment().forEach(terminal::with);
    return terminal;
  }

  private void createTopics() {
    assertThat(terminal().run("topics", "create")).isEqualTo(ExitCode.DONE);
  }

  private void write(String topic, String key, String fence, Message... messages) throws Exception {
    try (Producer<String, byte[]> producer = clients.producer(ProducerProfile.REPLIES, "test")) {
      for (Message message : messages) {
        ProducerRecord<String, byte[]> record =
            new ProducerRecord<>(topic, 0, key, MessageCodec.encode(message));
        if (!fence.isEmpty()) {
          MessageCodec.putFence(record.headers(), Fence.parse(fence));
        }
        producer.send(record).get(20, TimeUnit.SECONDS);
      }
    }
  }

  /** The first record of a topic, waited for. */
  private ConsumerRecord<String, byte[]> first(String topic) {
    try (Consumer<String, byte[]> consumer =
        clients.assignedConsumer("test-reader", FetchWait.STEADY, Start.EARLIEST)) {
      int partitions = consumer.partitionsFor(topic).size();
      consumer.assign(
          IntStream.range(0, partitions).mapToObj(i -> new TopicPartition(topic, i)).toList());
      while (true) {
        for (ConsumerRecord<String, byte[]> record : consumer.poll(POLL)) {
          return record;
        }
      }
    }
  }

  private static NodeBeat beat(String node, String... models) {
    NodeBeat.Backend backend =
        new NodeBeat.Backend(
            "local",
            "echo",
            List.of(models),
            10,
            1,
            NodeBeat.Health.AVAILABLE,
            "CLOSED",
            null,
            null);
    return new NodeBeat(
        node, "i1", 1, 0, NodeBeat.State.READY, 8, 60_000, Map.of(), List.of(backend));
  }

  private void beatForAMinute() throws Exception {
    write(
        names.heartbeats(),
        "house",
        "",
        new BeatRecord.DispatcherBeat("dispatcher-1", 0),
        beat("attic", "gemma3:4b"));
  }

  @Test
  void topicsAreCheckedCreatedAndThenThere() {
    TestTerminal before = terminal();
    assertThat(before.run("topics", "check")).isEqualTo(ExitCode.FAILED);
    assertThat(before.out()).contains("missing " + names.jobs());

    TestTerminal create = terminal();
    assertThat(create.run("topics", "create", "--inbox", "shop")).isEqualTo(ExitCode.DONE);
    assertThat(create.out()).contains("created " + names.jobs(), names.inbox("shop"));

    TestTerminal after = terminal();
    assertThat(after.run("topics", "check")).isEqualTo(ExitCode.DONE);
    assertThat(after.out()).contains("All topics are there");
  }

  @Test
  void aTopicThatBreaksARuleIsRefusedWithASentence() {
    createTopics();
    TestTerminal terminal = terminal().with("RELEVO_KAFKA_TOPICS_SLOTS", "3");

    assertThat(terminal.run("topics", "check")).isEqualTo(ExitCode.FAILED);
    assertThat(terminal.out()).contains(names.assignments());

    TestTerminal create = terminal().with("RELEVO_KAFKA_TOPICS_SLOTS", "3");
    assertThat(create.run("topics", "create")).isEqualTo(ExitCode.WRONG_USE);
    assertThat(create.err()).contains(names.assignments()).doesNotContain("\tat ");
  }

  @Test
  void withoutTopicsTheUserIsToldWhatToDo() {
    TestTerminal terminal = terminal();

    assertThat(terminal.run("nodes")).isEqualTo(ExitCode.WRONG_USE);

    assertThat(terminal.err()).contains(names.heartbeats()).contains("./relevo up");
  }

  @Test
  void nodesShowsWhoBeats() throws Exception {
    createTopics();
    beatForAMinute();
    TestTerminal terminal = terminal();

    assertThat(terminal.run("nodes")).isEqualTo(ExitCode.DONE);

    assertThat(terminal.out()).contains("attic  ready", "gemma3:4b", "dispatcher-1");
  }

  @Test
  void nodesWatchesUntilCtrlC() throws Exception {
    createTopics();
    beatForAMinute();
    TestTerminal terminal = terminal();
    terminal.signal().raise(StopSignal.Kind.CTRL_C);

    assertThat(terminal.run("nodes", "--watch")).isEqualTo(ExitCode.INTERRUPTED);
  }

  @Test
  void cancelAsksInTheControlTopic() {
    createTopics();

    assertThat(terminal().run("cancel", "job-7")).isEqualTo(ExitCode.DONE);

    ConsumerRecord<String, byte[]> record = first(names.control());
    assertThat(record.key()).isEqualTo("job-7");
    assertThat(MessageCodec.decode(ControlRecord.class, record.value()))
        .isInstanceOfSatisfying(
            ControlRecord.Cancel.class, cancel -> assertThat(cancel.job()).isEqualTo("job-7"));
  }

  @Test
  void aDetachedJobStandsInItsLaneAndCanBeFollowed() throws Exception {
    createTopics();
    beatForAMinute();
    TestTerminal submit = terminal();
    assertThat(
            submit.run(
                "submit", "--detach", "--lane", "batch", "--system", "Be brief", "Hello", "you"))
        .isEqualTo(ExitCode.DONE);
    String job = submit.out().strip();
    assertThat(submit.err()).contains("./relevo follow " + job);

    ConsumerRecord<String, byte[]> record = first(names.batchJobs());
    assertThat(record.key()).isEqualTo(job);
    assertThat(new String(record.value(), StandardCharsets.UTF_8))
        .isEqualTo(
            "{\"model\":\"gemma3:4b\",\"messages\":[{\"role\":\"system\",\"content\":\"Be brief\"},"
                + "{\"role\":\"user\",\"content\":\"Hello you\"}]}");
    JobHeaders headers = JobHeaders.parse(record.headers());
    assertThat(headers.model()).isEqualTo("gemma3:4b");
    assertThat(headers.replyPlace().topic()).isEqualTo(names.replies(job));

    write(
        names.replies(job),
        job,
        "0.1.1",
        new ReplyRecord.Started("attic"),
        new ReplyRecord.Chunk(0, Delta.text("Hello ")),
        new ReplyRecord.Chunk(1, Delta.text("back")),
        new ReplyRecord.Done(1, FinishReason.STOP, null, "local", "gemma3:4b", 1));
    TestTerminal follow = terminal();
    assertThat(follow.run("follow", job)).isEqualTo(ExitCode.DONE);
    assertThat(follow.out()).isEqualTo("Hello back\n");
    TestTerminal json = terminal();
    assertThat(json.run("follow", "--json", job)).isEqualTo(ExitCode.DONE);
    assertThat(json.out().lines())
        .hasSize(4)
        .first()
        .isEqualTo("{\"type\":\"started\",\"node\":\"attic\"}");
  }

  @Test
  void ctrlCCancelsTheJobAndSaysSo() throws Exception {
    createTopics();
    beatForAMinute();
    TestTerminal terminal = terminal();
    CompletableFuture<Integer> exitCode =
        CompletableFuture.supplyAsync(() -> terminal.run("submit", "Hello"));
    ConsumerRecord<String, byte[]> record = first(names.jobs());

    terminal.signal().raise(StopSignal.Kind.CTRL_C);

    assertThat(exitCode.get(60, TimeUnit.SECONDS)).isEqualTo(ExitCode.INTERRUPTED);
    assertThat(terminal.err()).contains("Cancelled job " + record.key());
    assertThat(first(names.control()).key()).isEqualTo(record.key());
  }

  @Test
  void withoutNodesThereIsNoModelToChoose() {
    createTopics();
    TestTerminal terminal = terminal();

    assertThat(terminal.run("submit", "Hello")).isEqualTo(ExitCode.WRONG_USE);

    assertThat(terminal.err()).startsWith("No node is running").contains("-m");
  }

  @Test
  void aJobThatWaitsSaysWhatFor() throws Exception {
    createTopics();
    beatForAMinute();
    Settings settings = new SettingsLoader().load(null, environment());

    WaitNotes notes = new WaitNotes(clients, settings.kafka(), "llama3");

    assertThat(notes.next()).contains("no node can answer with llama3", "gemma3:4b");
    assertThat(notes.next()).isEmpty();
    assertThat(new WaitNotes(clients, settings.kafka(), "gemma3:4b").next())
        .contains("waits for a free node");
  }

  @Test
  void anUnknownJobCannotBeFollowed() {
    TestTerminal terminal = terminal();

    assertThat(terminal.run("follow", "01993b5e-7a10-7c1e-8f4b-5d2f6a1b9c3d"))
        .isEqualTo(ExitCode.FAILED);

    assertThat(terminal.err()).startsWith("There is no answer of a job 01993b5e");
  }
}
