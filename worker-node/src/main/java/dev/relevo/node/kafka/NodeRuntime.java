package dev.relevo.node.kafka;

import dev.relevo.common.config.BackendSettings;
import dev.relevo.common.config.NodeSettings;
import dev.relevo.common.kafka.KafkaClients;
import dev.relevo.common.kafka.ProducerProfile;
import dev.relevo.common.kafka.ReplyProducers;
import dev.relevo.common.kafka.TopicInquiry;
import dev.relevo.common.protocol.JobIds;
import dev.relevo.common.protocol.TopicNames;
import dev.relevo.common.supervision.Supervisor;
import dev.relevo.node.backend.BackendSource;
import dev.relevo.node.core.AttemptTable;
import dev.relevo.node.core.BackendBoard;
import dev.relevo.node.core.BackendStrategy;
import dev.relevo.node.core.NodeReadiness;
import dev.relevo.node.core.ToldOrders;
import io.micrometer.core.instrument.MeterRegistry;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.producer.Producer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Puts a node together: its Kafka clients, its backends and its loop, and gives them back at the
 * end. Threads: the loop owns the consumer and the beats; every attempt has a virtual thread; one
 * pacer thread runs short tasks later; Kafka's own threads bring acknowledgements.
 */
public final class NodeRuntime {
  /** Longest wait for a Kafka client to give up its connections. */
  private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(2);

  private static final Logger LOG = LoggerFactory.getLogger(NodeRuntime.class);

  private final KafkaClients clients;
  private final Backends backends;
  private final Consumer<String, byte[]> consumer;
  private final ReplyProducers replies;
  private final Producer<String, byte[]> beats;
  private final Admin admin;
  private final ScheduledThreadPoolExecutor pacer;
  private final NodeLoop loop;
  private final Thread thread;

  /**
   * A node that does not run yet.
   *
   * @throws dev.relevo.common.kafka.KafkaProblem if Kafka's settings are wrong
   * @throws IllegalArgumentException if a backend cannot be made, or the strategy is unknown
   */
  public NodeRuntime(
      KafkaClients clients,
      TopicNames topics,
      NodeSettings settings,
      BackendSource source,
      MeterRegistry meters,
      NodeTime time) {
    this.clients = clients;
    SecureRandom random = new SecureRandom();
    Identity identity = new Identity(settings.id(), JobIds.create(time.epochMs(), random));
    BackendBoard board = new BackendBoard(BackendStrategy.named(settings.strategy()), random);
    AttemptTable table = new AttemptTable(settings.capacity());
    NodeMetrics metrics = new NodeMetrics(meters, settings.id(), table);
    Supervisor parts = new Supervisor("Node " + settings.id(), metrics::restarts);
    Story story = new Story(settings.id());
    ToldOrders orders = new ToldOrders();
    String client = "relevo-node-" + settings.id();
    this.consumer =
        clients.assignedConsumer(
            client, KafkaClients.FetchWait.STEADY, KafkaClients.Start.EARLIEST);
    this.replies = new ReplyProducers(clients, client + "-replies");
    this.beats = clients.producer(ProducerProfile.BEATS, client + "-beats");
    this.admin = clients.admin(client);
    this.pacer = pacer(settings.id());
    Heart heart =
        new Heart(
            identity,
            table,
            board,
            new BreakerNews(story),
            orders,
            beats,
            topics.heartbeats(),
            settings.capacity(),
            settings.heartbeatInterval().toMillis(),
            parts.part("heart"));
    EventSender events = new EventSender(beats, topics.events(), parts.part("events flush"));
    PoolMetrics pool = new PoolMetrics(meters, settings.id(), board, time);
    Wake wake = new Wake(consumer);
    Runnable changed =
        () -> {
          heart.want();
          wake.up();
        };
    HealthChecks health =
        new HealthChecks(
            settings.healthCheck(),
            board,
            pacer,
            parts.part("health checks"),
            story,
            time,
            changed);
    this.backends =
        new Backends(
            settings.id(),
            source,
            (adapter, redactor) -> new ContainedWorker(adapter, redactor, parts),
            board,
            health,
            pool,
            orders,
            time,
            changed);
    TopicInquiry inquiry = new TopicInquiry(admin, pacer);
    AttemptServices services =
        new AttemptServices(
            identity,
            replies,
            events,
            board,
            backends,
            new ReadBack(clients, client + "-read-back", time),
            new ReplyTopics(inquiry, pacer, parts.part("place watch")),
            health,
            changed,
            pacer,
            metrics,
            pool,
            time,
            parts,
            story,
            settings.chunkLinger().toNanos());
    StreamLook streams = new StreamLook(clients, inquiry, client + "-look", time);
    Awakening awakening = new Awakening(settings, consumer, topics.heartbeats(), services, streams);
    this.loop =
        new NodeLoop(
            settings, topics, consumer, table, heart, services, awakening, wake, this::problem);
    this.thread = Thread.ofPlatform().name("node-" + settings.id()).unstarted(this::run);
    try {
      backends.file(settings.backends());
    } catch (RuntimeException e) {
      release(Duration.ZERO);
      throw e;
    }
  }

  /**
   * What the file says of backends is that now.
   *
   * @throws IllegalArgumentException if one of them cannot be made; then nothing has changed
   */
  public void backends(List<BackendSettings> file) {
    backends.file(file);
  }

  private RuntimeException problem(RuntimeException thrown) {
    return clients.problem(thrown, "running a node");
  }

  private static ScheduledThreadPoolExecutor pacer(String node) {
    ScheduledThreadPoolExecutor pacer =
        new ScheduledThreadPoolExecutor(
            1, Thread.ofPlatform().daemon().name("node-" + node + "-pacer").factory());
    pacer.setRemoveOnCancelPolicy(true);
    pacer.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    return pacer;
  }

  /** Begins to run. */
  public void start() {
    thread.start();
  }

  private void run() {
    try {
      loop.run();
    } finally {
      release(loop.isKilled() ? Duration.ZERO : CLOSE_TIMEOUT);
      loop.released();
    }
  }

  private void release(Duration timeout) {
    close("the reply producers", () -> replies.close(timeout));
    close("the producer of beats", () -> beats.close(timeout));
    close("the pacer", pacer::shutdownNow);
    backends.close();
    // Without a goodbye: it would wait for the fetch under way.
    close("the consumer", () -> consumer.close(CloseOptions.timeout(Duration.ZERO)));
    close("the admin client", () -> admin.close(timeout));
  }

  /** What does not close keeps nobody from closing the rest, and from being told of the end. */
  private static void close(String what, Runnable closing) {
    try {
      closing.run();
    } catch (RuntimeException | Error e) {
      LOG.warn("While the node ended, {} did not close", what, e);
    }
  }

  /** Completes when Kafka has the first beat that says READY. */
  public CompletableFuture<Void> ready() {
    return loop.ready();
  }

  /**
   * Completes when the node has left and given everything back; exceptionally, with a {@code
   * NodeFailedException}, when it could not go on.
   */
  public CompletableFuture<Void> stopped() {
    return loop.stopped();
  }

  /** How the node is. */
  public NodeReadiness readiness() {
    return loop.readiness();
  }

  /** Takes nothing new, finishes within the drain timeout, hands over the rest, and leaves. */
  public void drain() {
    loop.drain();
  }

  /** Stops without a word, as if the process had died. */
  public void kill() {
    loop.kill();
  }
}
