package dev.relevo.dispatcher;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.broker.TestBroker;
import dev.relevo.common.config.Settings;
import dev.relevo.common.config.SettingsLoader;
import dev.relevo.common.kafka.KafkaAccess;
import dev.relevo.common.kafka.KafkaClients;
import dev.relevo.common.kafka.ProducerProfile;
import dev.relevo.common.kafka.TopicAdmin;
import dev.relevo.common.kafka.TopicLayout;
import dev.relevo.common.protocol.Assignment;
import dev.relevo.common.protocol.AttemptOutcome;
import dev.relevo.common.protocol.DeadLetter;
import dev.relevo.common.protocol.EventRecord;
import dev.relevo.common.protocol.HeaderNames;
import dev.relevo.common.protocol.JobStatus;
import dev.relevo.common.protocol.Message;
import dev.relevo.common.protocol.MessageCodec;
import dev.relevo.common.protocol.NodeBeat;
import dev.relevo.common.protocol.StateRecord;
import dev.relevo.common.protocol.TopicNames;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Headers;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A real dispatcher on a real broker; the test plays producer and node with plain clients. */
class DispatcherOnKafkaTest {
  private static final Duration LONGEST_WAIT = Duration.ofSeconds(40);

  private final TopicNames topics = new TopicNames("d" + UUID.randomUUID());
  private final List<Dispatcher> dispatchers = new ArrayList<>();
  private final Map<String, Queue<ConsumerRecord<String, byte[]>>> unread = new HashMap<>();
  private Settings settings;
  private Producer<String, byte[]> producer;
  private Consumer<String, byte[]> consumer;

  @BeforeEach
  void prepare() {
    String bootstrap = TestBroker.shared().bootstrapServers();
    settings =
        new SettingsLoader()
            .load(
                null,
                Map.of(
                    "RELEVO_KAFKA_BOOTSTRAP_SERVERS", bootstrap,
                    "RELEVO_KAFKA_TOPICS_PREFIX", topics.prefix(),
                    "RELEVO_KAFKA_TOPICS_JOBS_PARTITIONS", "2",
                    "RELEVO_KAFKA_TOPICS_SLOTS", "2",
                    "RELEVO_DISPATCHER_RETRY_INITIAL_BACKOFF", "20ms",
                    "RELEVO_DISPATCHER_RETRY_MAX_BACKOFF", "50ms"));
    KafkaClients clients = new KafkaClients(KafkaAccess.to(bootstrap));
    try (Admin admin = clients.admin("test")) {
      new TopicAdmin(admin, new TopicLayout(topics.prefix(), 2, 2, 1), bootstrap).ensure();
    }
    producer = clients.producer(ProducerProfile.JOBS, "test");
    consumer =
        clients.assignedConsumer(
            "test", KafkaClients.FetchWait.CHANGING, KafkaClients.Start.EARLIEST);
    List<TopicPartition> partitions = new ArrayList<>();
    for (int partition = 0; partition < 2; partition++) {
      partitions.add(new TopicPartition(topics.assignments(), partition));
      partitions.add(new TopicPartition(topics.state(), partition));
      partitions.add(new TopicPartition(topics.dead(), partition));
    }
    consumer.assign(partitions);
  }

  @AfterEach
  void stop() {
    dispatchers.forEach(Dispatcher::close);
    producer.close(Duration.ofSeconds(2));
    consumer.close();
  }

  @Test
  void routesAJobAndKeepsItsEnd() throws Exception {
    dispatcher("d-1");
    node("n1", 0);
    String job = submit("{\"model\":\"m\",\"messages\":[]}");

    ConsumerRecord<String, byte[]> given = await(topics.assignments(), byJob(job));
    Assignment assignment = Assignment.parse(given.key(), given.headers());
    assertThat(given.partition()).isZero();
    assertThat(assignment.model()).isEqualTo("m");
    assertThat(new String(given.value(), StandardCharsets.UTF_8))
        .isEqualTo("{\"model\":\"m\",\"messages\":[]}");

    finish(assignment, AttemptOutcome.SUCCEEDED);
    awaitState(job, JobStatus.SUCCEEDED);
  }

  @Test
  void laysBrokenRecordsAsideAndGoesOn() throws Exception {
    dispatcher("d-1");
    node("n1", 0);
    byte[] nonsense = {0, 1, 2, (byte) 0xff};
    var _ = producer.send(new ProducerRecord<>(topics.jobs(), 0, "broken", nonsense)).get();
    var _ = producer.send(new ProducerRecord<>(topics.jobs(), 0, null, nonsense)).get();
    var _ =
        producer
            .send(new ProducerRecord<>(topics.jobs(), 0, "fine", utf8("{\"model\":\"m\"}")))
            .get();

    ConsumerRecord<String, byte[]> letter = await(topics.dead(), record -> true);
    assertThat(letter.value()).isEqualTo(nonsense);
    DeadLetter dead =
        MessageCodec.decode(
            DeadLetter.class, letter.headers().lastHeader(HeaderNames.DEAD).value());
    assertThat(dead.message()).startsWith("the value is not JSON");
    await(topics.dead(), record -> record.key().endsWith(".jobs.1"));
    await(topics.assignments(), byJob("fine"));
  }

  @Test
  void takesAJobOverFromANodeThatFallsSilent() throws Exception {
    dispatcher("d-1");
    node("silent", 0);
    String job = submit("{\"model\":\"m\"}");
    Assignment first = assignment(await(topics.assignments(), byJob(job)));
    assertThat(first.node()).isEqualTo("silent");

    try (Beating other = beating("alive", 1)) {
      Assignment second =
          assignment(
              await(
                  topics.assignments(),
                  record -> byJob(job).test(record) && record.partition() == 1));
      assertThat(second.node()).isEqualTo("alive");
      assertThat(second.fence().isHigherThan(first.fence())).isTrue();
      assertThat(second.first()).isFalse();
      assertThat(other.failed()).isFalse();
    }
  }

  @Test
  void anotherDispatcherGoesOnWhereOneStopped() throws Exception {
    dispatcher("d-1");
    String done;
    String running;
    String waiting;
    try (Beating node = beating("n1", 0)) {
      done = submit("{\"model\":\"m\"}");
      finish(assignment(await(topics.assignments(), byJob(done))), AttemptOutcome.SUCCEEDED);
      awaitState(done, JobStatus.SUCCEEDED);
      running = submit("{\"model\":\"m\"}");
      Assignment kept = assignment(await(topics.assignments(), byJob(running)));
      node.runs(kept);
      waiting = submit("{\"model\":\"not-yet\"}");
      dispatchers.getFirst().close();

      dispatcher("d-2");
      finish(kept, AttemptOutcome.SUCCEEDED);
      awaitState(running, JobStatus.SUCCEEDED);
      node.serves("m", "not-yet");
      finish(assignment(await(topics.assignments(), byJob(waiting))), AttemptOutcome.SUCCEEDED);
      awaitState(waiting, JobStatus.SUCCEEDED);
    }
    assertThat(countOf(topics.assignments(), byJob(done))).isZero();
    assertThat(countOf(topics.assignments(), byJob(running))).isZero();
  }

  @Test
  void twoDispatchersShareTheHomes() throws Exception {
    dispatcher("d-1");
    dispatcher("d-2");
    try (Beating node = beating("n1", 0)) {
      Set<String> jobs = new HashSet<>();
      for (int home = 0; home < 2; home++) {
        for (int i = 0; i < 20; i++) {
          String job = "job-" + home + "-" + i;
          jobs.add(job);
          var _ =
              producer.send(
                  new ProducerRecord<>(topics.jobs(), home, job, utf8("{\"model\":\"m\"}")));
        }
      }
      while (!jobs.isEmpty()) {
        Assignment next =
            assignment(await(topics.assignments(), record -> jobs.contains(record.key())));
        jobs.remove(next.job());
        finish(next, AttemptOutcome.SUCCEEDED);
      }
      assertThat(node.failed()).isFalse();
    }
  }

  // -- producer, node and reader

  private void dispatcher(String id) throws Exception {
    Dispatcher dispatcher = Dispatcher.start(id, settings, new SimpleMeterRegistry());
    dispatchers.add(dispatcher);
    dispatcher.ready().get(LONGEST_WAIT.toSeconds(), TimeUnit.SECONDS);
  }

  private String submit(String body) throws Exception {
    String job = UUID.randomUUID().toString();
    var _ = producer.send(new ProducerRecord<>(topics.jobs(), job, utf8(body))).get();
    return job;
  }

  private void node(String id, int slot) {
    beat(id, slot, 0, List.of("m"), Map.of());
  }

  private void beat(
      String id,
      int slot,
      long position,
      List<String> models,
      Map<String, NodeBeat.Phase> attempts) {
    NodeBeat.Backend backend =
        new NodeBeat.Backend(
            "b", "echo", models, 10, 1, NodeBeat.Health.AVAILABLE, "CLOSED", null, null);
    NodeBeat beat =
        new NodeBeat(
            id,
            id + "-1",
            slot,
            position,
            NodeBeat.State.READY,
            4,
            1_000,
            attempts,
            List.of(backend));
    var _ =
        producer.send(
            new ProducerRecord<>(topics.heartbeats(), 0, id, MessageCodec.encode(beat)),
            (written, failure) -> assertThat(failure).isNull());
  }

  private Beating beating(String id, int slot) {
    return new Beating(id, slot);
  }

  /** A node that beats on a thread of its own until closed, and claims to have read everything. */
  private final class Beating implements AutoCloseable {
    private final ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor();
    private final Future<?> beats;
    private final Map<String, NodeBeat.Phase> attempts = new ConcurrentHashMap<>();
    private volatile List<String> models = List.of("m");

    Beating(String id, int slot) {
      beats =
          thread.scheduleAtFixedRate(
              () -> beat(id, slot, 1_000_000, models, attempts), 0, 300, TimeUnit.MILLISECONDS);
    }

    void runs(Assignment assignment) {
      attempts.put(assignment.fence().toString(), NodeBeat.Phase.RUNNING);
    }

    void serves(String... all) {
      models = List.of(all);
    }

    boolean failed() {
      return beats.isDone();
    }

    @Override
    public void close() {
      thread.shutdownNow();
    }
  }

  private void finish(Assignment assignment, AttemptOutcome outcome) {
    event(assignment, new EventRecord.Accepted(assignment.node(), assignment.incarnation(), null));
    event(
        assignment,
        new EventRecord.Finished(
            assignment.node(), assignment.incarnation(), outcome, null, "b", "m", 1L, null, 1, 2));
  }

  private void event(Assignment assignment, Message event) {
    ProducerRecord<String, byte[]> record =
        new ProducerRecord<>(
            topics.events(),
            assignment.fence().home(),
            assignment.job(),
            MessageCodec.encode(event));
    Headers headers = record.headers();
    MessageCodec.putFence(headers, assignment.fence());
    var _ = producer.send(record, (written, failure) -> assertThat(failure).isNull());
  }

  private void awaitState(String job, JobStatus status) {
    await(
        topics.state(),
        record ->
            job.equals(record.key())
                && record.value() != null
                && MessageCodec.decode(StateRecord.class, record.value())
                    instanceof StateRecord.Job state
                && state.status() == status);
  }

  private static Predicate<ConsumerRecord<String, byte[]>> byJob(String job) {
    return record -> job.equals(record.key());
  }

  private static Assignment assignment(ConsumerRecord<String, byte[]> record) {
    return Assignment.parse(record.key(), record.headers());
  }

  /** The next record of a topic that fits; those before it are passed. */
  private ConsumerRecord<String, byte[]> await(
      String topic, Predicate<ConsumerRecord<String, byte[]>> wanted) {
    long endNanos = System.nanoTime() + LONGEST_WAIT.toNanos();
    Queue<ConsumerRecord<String, byte[]>> queue =
        unread.computeIfAbsent(topic, any -> new ArrayDeque<>());
    while (System.nanoTime() < endNanos) {
      for (ConsumerRecord<String, byte[]> next = queue.poll(); next != null; next = queue.poll()) {
        if (wanted.test(next)) {
          return next;
        }
      }
      for (ConsumerRecord<String, byte[]> record : consumer.poll(Duration.ofMillis(100))) {
        unread.computeIfAbsent(record.topic(), any -> new ArrayDeque<>()).add(record);
      }
    }
    throw new AssertionError("nothing fitting came in " + topic + " for " + LONGEST_WAIT);
  }

  private long countOf(String topic, Predicate<ConsumerRecord<String, byte[]>> wanted) {
    consumer
        .poll(Duration.ofMillis(200))
        .forEach(record ->
            unread.computeIfAbsent(record.topic(), any -> new ArrayDeque<>()).add(record));
    return unread.getOrDefault(topic, new ArrayDeque<>()).stream().filter(wanted).count();
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
