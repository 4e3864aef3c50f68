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
import dev.relevo.common.protocol.EventRecord;
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

/**
 * A real dispatcher on a real broker; the test plays producer, node and reader with plain clients.
 */
abstract class DispatcherOnKafka {
  static final Duration LONGEST_WAIT = Duration.ofSeconds(40);

  final TopicNames topics = new TopicNames("d" + UUID.randomUUID());
  final SimpleMeterRegistry metrics = new SimpleMeterRegistry();
  final List<Dispatcher> dispatchers = new ArrayList<>();
  final Map<String, Queue<ConsumerRecord<String, byte[]>>> unread = new HashMap<>();
  private final Set<String> states = new HashSet<>();
  Settings settings;
  private Map<String, String> given = Map.of();
  Producer<String, byte[]> producer;
  Consumer<String, byte[]> consumer;

  /** What a test sets besides, as environment variables. */
  Map<String, String> more() {
    return Map.of();
  }

  @BeforeEach
  void prepare() {
    String bootstrap = TestBroker.shared().bootstrapServers();
    Map<String, String> variables = new HashMap<>(more());
    variables.putAll(
        Map.of(
            "RELEVO_KAFKA_BOOTSTRAP_SERVERS", bootstrap,
            "RELEVO_KAFKA_TOPICS_PREFIX", topics.prefix(),
            "RELEVO_KAFKA_TOPICS_JOBS_PARTITIONS", "2",
            "RELEVO_KAFKA_TOPICS_SLOTS", "2",
            "RELEVO_DISPATCHER_RETRY_INITIAL_BACKOFF", "20ms",
            "RELEVO_DISPATCHER_RETRY_MAX_BACKOFF", "50ms"));
    settings = new SettingsLoader().load(null, variables);
    given = variables;
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

  /** The settings with one more. */
  Settings with(String variable, String value) {
    Map<String, String> variables = new HashMap<>(given);
    variables.put(variable, value);
    return new SettingsLoader().load(null, variables);
  }

  // -- producer, node and reader

  void dispatcher(String id) throws Exception {
    Dispatcher dispatcher = Dispatcher.start(id, settings, metrics);
    dispatchers.add(dispatcher);
    dispatcher.ready().get(LONGEST_WAIT.toSeconds(), TimeUnit.SECONDS);
  }

  String submit(String body) throws Exception {
    String job = UUID.randomUUID().toString();
    var _ = producer.send(new ProducerRecord<>(topics.jobs(), job, utf8(body))).get();
    return job;
  }

  void node(String id, int slot) {
    beat(id, slot, 0, List.of("m"), Map.of());
  }

  void beat(
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

  Beating beating(String id, int slot) {
    return new Beating(id, slot);
  }

  /** A node that beats on a thread of its own until closed, and claims to have read everything. */
  final class Beating implements AutoCloseable {
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

  void finish(Assignment assignment, AttemptOutcome outcome) {
    event(assignment, new EventRecord.Accepted(assignment.node(), assignment.incarnation(), null));
    event(
        assignment,
        new EventRecord.Finished(
            assignment.node(), assignment.incarnation(), outcome, null, "b", "m", 1L, null, 1, 2));
  }

  void event(Assignment assignment, Message event) {
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

  /** Waits for a job's state, or finds that it was there: several jobs end in no fixed order. */
  void awaitState(String job, JobStatus status) {
    while (!states.contains(job + " " + status)) {
      ConsumerRecord<String, byte[]> record = await(topics.state(), any -> true);
      if (record.value() != null
          && MessageCodec.decode(StateRecord.class, record.value())
              instanceof StateRecord.Job state) {
        states.add(record.key() + " " + state.status());
      }
    }
  }

  static Predicate<ConsumerRecord<String, byte[]>> byJob(String job) {
    return record -> job.equals(record.key());
  }

  static Assignment assignment(ConsumerRecord<String, byte[]> record) {
    return Assignment.parse(record.key(), record.headers());
  }

  /** The next record of a topic that fits; those before it are passed. */
  ConsumerRecord<String, byte[]> await(
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

  long countOf(String topic, Predicate<ConsumerRecord<String, byte[]>> wanted) {
    consumer
        .poll(Duration.ofMillis(200))
        .forEach(record ->
            unread.computeIfAbsent(record.topic(), any -> new ArrayDeque<>()).add(record));
    return unread.getOrDefault(topic, new ArrayDeque<>()).stream().filter(wanted).count();
  }

  static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
