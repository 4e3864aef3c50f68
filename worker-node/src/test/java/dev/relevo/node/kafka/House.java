package dev.relevo.node.kafka;

import dev.relevo.broker.TestBroker;
import dev.relevo.common.config.BackendSettings;
import dev.relevo.common.config.HealthCheckSettings;
import dev.relevo.common.config.KafkaSettings;
import dev.relevo.common.config.NodeSettings;
import dev.relevo.common.config.Settings;
import dev.relevo.common.config.TopicSettings;
import dev.relevo.common.kafka.KafkaAccess;
import dev.relevo.common.kafka.KafkaClients;
import dev.relevo.common.kafka.ProducerProfile;
import dev.relevo.common.kafka.TopicAdmin;
import dev.relevo.common.kafka.TopicLayout;
import dev.relevo.common.protocol.Assignment;
import dev.relevo.common.protocol.BeatRecord;
import dev.relevo.common.protocol.ControlRecord;
import dev.relevo.common.protocol.EventRecord;
import dev.relevo.common.protocol.Failover;
import dev.relevo.common.protocol.Fence;
import dev.relevo.common.protocol.JobHeaders;
import dev.relevo.common.protocol.JobIds;
import dev.relevo.common.protocol.MessageCodec;
import dev.relevo.common.protocol.NodeBeat;
import dev.relevo.common.protocol.ReplyPlace;
import dev.relevo.common.protocol.ReplyRecord;
import dev.relevo.common.protocol.TopicNames;
import dev.relevo.node.WorkerNode;
import dev.relevo.node.backend.BackendSource;
import dev.relevo.node.backend.FixedBackends;
import dev.relevo.node.backend.Worker;
import dev.relevo.node.core.NodeReadiness;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.jspecify.annotations.Nullable;

/** A house around nodes under test: real topics, and the test as its dispatcher and readers. */
final class House implements AutoCloseable {
  static final Duration PATIENCE = Duration.ofSeconds(30);
  static final Duration INTERVAL = Duration.ofMillis(200);
  private static final Random RANDOM = new Random();

  final TopicNames topics;
  final KafkaClients clients;
  SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private final TopicLayout layout;
  private final Producer<String, byte[]> producer;
  private final Admin admin;
  private final AtomicLong attempts = new AtomicLong();

  House(String prefix) {
    layout = new TopicLayout(prefix, 2, 4, 1);
    topics = layout.names();
    String servers = TestBroker.shared().bootstrapServers();
    clients = new KafkaClients(KafkaAccess.to(servers));
    admin = clients.admin("test");
    producer = clients.producer(ProducerProfile.ASSIGNMENTS, "test");
    new TopicAdmin(admin, layout, servers).ensure();
  }

  WorkerNode node(String id, int capacity, Worker... workers) throws Exception {
    WorkerNode node = start(id, capacity, Duration.ofSeconds(20), workers);
    node.awaitReady(PATIENCE);
    return node;
  }

  /** A node whose backends have settings of their own, by name. */
  WorkerNode node(String id, int capacity, List<BackendSettings> backends, Worker... workers)
      throws Exception {
    WorkerNode node = start(id, capacity, INTERVAL, Duration.ofSeconds(20), backends, workers);
    node.awaitReady(PATIENCE);
    return node;
  }

  WorkerNode start(String id, int capacity, Duration drainTimeout, Worker... workers) {
    return start(id, capacity, INTERVAL, drainTimeout, workers);
  }

  WorkerNode start(
      String id, int capacity, Duration interval, Duration drainTimeout, Worker... workers) {
    return start(id, capacity, interval, drainTimeout, List.of(), workers);
  }

  private WorkerNode start(
      String id,
      int capacity,
      Duration interval,
      Duration drainTimeout,
      List<BackendSettings> backends,
      Worker... workers) {
    FixedBackends fixed = new FixedBackends(List.of(workers));
    return start(id, capacity, interval, drainTimeout, fixed.settings(backends), fixed);
  }

  WorkerNode start(
      String id,
      int capacity,
      Duration interval,
      Duration drainTimeout,
      List<BackendSettings> backends,
      BackendSource source) {
    NodeSettings defaults = Settings.defaults().node();
    NodeSettings settings =
        new NodeSettings(
            id,
            capacity,
            "local-first",
            interval,
            drainTimeout,
            defaults.chunkLinger(),
            new HealthCheckSettings(Duration.ofMillis(200), Duration.ofMillis(200)),
            backends,
            defaults.host(),
            defaults.port());
    return WorkerNode.start(kafka(), settings, source, meters);
  }

  private KafkaSettings kafka() {
    return new KafkaSettings(
        clients.access().bootstrapServers(),
        false,
        Map.of(),
        new TopicSettings(topics.prefix(), 2, 4, 1, 1));
  }

  /** A node with settings of its own, and the backends that go with them. */
  WorkerNode node(NodeSettings settings, List<Worker> workers) throws Exception {
    WorkerNode node = WorkerNode.start(kafka(), settings, workers, meters);
    node.awaitReady(PATIENCE);
    return node;
  }

  /** A reply topic that exists. */
  ReplyPlace replyPlace() {
    String topic = topics.replies(JobIds.create(System.currentTimeMillis(), RANDOM));
    new TopicAdmin(admin, layout, clients.access().bootstrapServers())
        .createReplies(List.of(topic), Duration.ofHours(1));
    return new ReplyPlace(topic, 0, 0);
  }

  Fence nextFence() {
    return new Fence(0, 10, attempts.getAndIncrement());
  }

  /** A first attempt for a node, one minute before its deadline. */
  Assignment first(WorkerNode node, @Nullable ReplyPlace place) {
    return assignment(node, place, true, Failover.SEAMLESS, 60_000);
  }

  Assignment assignment(
      WorkerNode node,
      @Nullable ReplyPlace place,
      boolean first,
      Failover failover,
      long deadlineInMs) {
    NodeReadiness readiness = node.readiness();
    JobHeaders d = JobHeaders.DEFAULTS;
    JobHeaders headers =
        new JobHeaders(
            place,
            null,
            List.of(),
            null,
            null,
            null,
            d.tenant(),
            d.priority(),
            System.currentTimeMillis() + deadlineInMs,
            failover,
            null,
            null,
            null);
    return new Assignment(
        "job-" + JobIds.create(System.currentTimeMillis(), RANDOM),
        nextFence(),
        readiness.node(),
        readiness.incarnation(),
        first ? 1 : 2,
        first,
        null,
        null,
        "m",
        headers);
  }

  /** The same job with fallback models. */
  static Assignment falling(Assignment old, String... models) {
    JobHeaders h = old.headers();
    JobHeaders headers =
        new JobHeaders(
            h.replyPlace(),
            h.model(),
            List.of(models),
            h.maxWaitMs(),
            h.strategy(),
            h.session(),
            h.tenant(),
            h.priority(),
            h.deadlineMs(),
            h.failover(),
            h.maxAttempts(),
            h.replay(),
            h.traceparent());
    return new Assignment(
        old.job(),
        old.fence(),
        old.node(),
        old.incarnation(),
        old.attempt(),
        old.first(),
        old.startedOffset(),
        old.replayedAtMs(),
        old.model(),
        headers);
  }

  /** The same job for another try at it. */
  static Assignment with(Assignment old, String job, Fence fence) {
    return new Assignment(
        job,
        fence,
        old.node(),
        old.incarnation(),
        old.attempt(),
        old.first(),
        old.startedOffset(),
        old.replayedAtMs(),
        old.model(),
        old.headers());
  }

  /** The same job for another model. */
  static Assignment forModel(Assignment old, String model) {
    return new Assignment(
        old.job(),
        old.fence(),
        old.node(),
        old.incarnation(),
        old.attempt(),
        old.first(),
        old.startedOffset(),
        old.replayedAtMs(),
        model,
        old.headers());
  }

  void assign(WorkerNode node, Assignment assignment) {
    assign(node, assignment, "{\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}");
  }

  void assign(WorkerNode node, Assignment assignment, String body) {
    assign(node, assignment.job(), assignment.toHeaders(), body);
  }

  void assign(WorkerNode node, String job, Headers headers, String body) {
    send(
        topics.assignments(),
        node.readiness().slot(),
        job,
        body.getBytes(StandardCharsets.UTF_8),
        headers);
  }

  long control(String key, ControlRecord record) {
    return send(topics.control(), 0, key, MessageCodec.encode(record), new RecordHeaders());
  }

  void beat(NodeBeat beat) {
    send(topics.heartbeats(), 0, beat.node(), MessageCodec.encode(beat), new RecordHeaders());
  }

  /** Writes what an earlier attempt left; returns where the first of it stands. */
  long earlier(ReplyPlace place, String job, Fence fence, ReplyRecord... records) {
    long first = -1;
    for (ReplyRecord record : records) {
      Headers headers = new RecordHeaders();
      MessageCodec.putFence(headers, fence);
      long offset =
          send(place.topic(), place.partition(), job, MessageCodec.encode(record), headers);
      first = first < 0 ? offset : first;
    }
    return first;
  }

  private long send(String topic, int partition, String key, byte[] value, Headers headers) {
    try {
      return producer
          .send(new ProducerRecord<>(topic, partition, key, value, headers))
          .get(30, TimeUnit.SECONDS)
          .offset();
    } catch (Exception e) {
      throw new AssertionError("the test could not write to " + topic, e);
    }
  }

  /** Reads events from the beginning until one of a job fits. */
  <E extends EventRecord> E event(Fence fence, Class<E> type) {
    return event(fence, type, event -> true);
  }

  <E extends EventRecord> E event(Fence fence, Class<E> type, Predicate<E> fits) {
    return type.cast(
        read(
            topics.events(),
            fence.home(),
            record -> {
              EventRecord event = MessageCodec.decode(EventRecord.class, record.value());
              return fence.equals(MessageCodec.fence(record.headers()))
                      && type.isInstance(event)
                      && fits.test(type.cast(event))
                  ? event
                  : null;
            }));
  }

  /** Reads beats from the beginning until one of a node fits. */
  NodeBeat beat(String node, Predicate<NodeBeat> fits) {
    return read(
        topics.heartbeats(),
        0,
        record ->
            MessageCodec.decode(BeatRecord.class, record.value()) instanceof NodeBeat beat
                    && beat.node().equals(node)
                    && fits.test(beat)
                ? beat
                : null);
  }

  /** All that was written with a fence, up to its terminal or until it fits. */
  List<ReplyRecord> replies(ReplyPlace place, Fence fence, Predicate<ReplyRecord> until) {
    List<ReplyRecord> replies = new java.util.ArrayList<>();
    read(
        place.topic(),
        place.partition(),
        record -> {
          if (!fence.equals(MessageCodec.fence(record.headers()))) {
            return null;
          }
          ReplyRecord reply = MessageCodec.decode(ReplyRecord.class, record.value());
          replies.add(reply);
          return until.test(reply) ? reply : null;
        });
    return replies;
  }

  List<ReplyRecord> replies(ReplyPlace place, Fence fence) {
    return replies(place, fence, ReplyRecord::isTerminal);
  }

  private <T> T read(
      String topic,
      int partition,
      java.util.function.Function<ConsumerRecord<String, byte[]>, @Nullable T> find) {
    TopicPartition from = new TopicPartition(topic, partition);
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    try (Consumer<String, byte[]> consumer =
        clients.assignedConsumer(
            "test", KafkaClients.FetchWait.CHANGING, KafkaClients.Start.EARLIEST)) {
      consumer.assign(List.of(from));
      consumer.seekToBeginning(List.of(from));
      while (System.nanoTime() < deadline) {
        for (ConsumerRecord<String, byte[]> record : consumer.poll(Duration.ofMillis(100))) {
          T found = find.apply(record);
          if (found != null) {
            return found;
          }
        }
      }
    }
    throw new AssertionError("nothing that fits came to " + from);
  }

  @Override
  public void close() {
    producer.close(Duration.ofSeconds(2));
    admin.close(Duration.ofSeconds(2));
  }
}
