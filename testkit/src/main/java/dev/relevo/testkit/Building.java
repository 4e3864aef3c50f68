package dev.relevo.testkit;

import dev.relevo.broker.BrokerStartException;
import dev.relevo.broker.TemporaryBroker;
import dev.relevo.client.JobClient;
import dev.relevo.client.JobClientOptions;
import dev.relevo.common.config.Flag;
import dev.relevo.common.config.Settings;
import dev.relevo.common.config.SettingsLoader;
import dev.relevo.common.kafka.KafkaAccess;
import dev.relevo.common.kafka.KafkaClients;
import dev.relevo.common.kafka.TopicAdmin;
import dev.relevo.common.kafka.TopicLayout;
import dev.relevo.common.protocol.TopicNames;
import dev.relevo.dispatcher.Dispatcher;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.apache.kafka.clients.admin.Admin;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a house is made of, and the order in which it comes and goes. Thread-safe. */
final class Building implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Building.class);
  private static final Duration START_BOUND = Duration.ofSeconds(60);
  private static final Duration REACH_BOUND = Duration.ofSeconds(5);

  /** For Kafka to list topics, and to delete them. */
  private static final Duration TOPICS_BOUND = Duration.ofSeconds(20);

  private final HouseOptions options;
  private final ScriptBook book = new ScriptBook();
  private final Deque<AutoCloseable> parts = new ArrayDeque<>();
  private final String bootstrapServers;
  private final Settings settings;
  private final TopicLayout layout;
  private final NodeFleet fleet;
  private final JobLog log;
  private @Nullable JobClient client;
  private boolean closed;

  private Building(HouseOptions options) throws BrokerStartException {
    this.options = options;
    boolean built = false;
    try {
      bootstrapServers = kafka();
      String prefix = prefix(options);
      settings = settings(prefix, "none");
      layout =
          new TopicLayout(
              prefix,
              settings.kafka().topics().jobsPartitions(),
              settings.kafka().topics().slots(),
              settings.kafka().topics().replicationFactor());
      KafkaClients clients = new KafkaClients(KafkaAccess.to(bootstrapServers));
      clients.awaitReachable(REACH_BOUND);
      topics(clients);
      log = new JobLog(clients, names(), layout.jobsPartitions());
      parts.push(log);
      Dispatcher dispatcher =
          Dispatcher.start("testkit-" + prefix, settings, new SimpleMeterRegistry());
      parts.push(dispatcher);
      fleet = new NodeFleet(options, id -> settings(prefix, id), book);
      parts.push(fleet);
      fleet.start(options.nodes().keySet());
      awaitReady(dispatcher);
      built = true;
    } finally {
      if (!built) {
        close();
      }
    }
  }

  /**
   * Starts everything and waits until it is ready.
   *
   * @throws IllegalStateException if something does not start; nothing is left running then
   */
  static Building build(HouseOptions options) {
    try {
      return new Building(options);
    } catch (BrokerStartException e) {
      throw new IllegalStateException(e.getMessage(), e);
    }
  }

  private String kafka() throws BrokerStartException {
    String given = options.kafka();
    if (given != null) {
      return given;
    }
    TemporaryBroker broker = TemporaryBroker.launch();
    parts.push(broker);
    return broker.bootstrapServers();
  }

  private static String prefix(HouseOptions options) {
    if (options.prefix() != null) {
      return options.prefix();
    }
    return options.kafka() == null ? TopicLayout.DEFAULT_PREFIX : "test-" + UUID.randomUUID();
  }

  private Settings settings(String prefix, String node) {
    List<Flag> flags = new ArrayList<>();
    options.allSettings().forEach((key, value) -> flags.add(new Flag(key, key, value)));
    Map<String, String> fixed =
        Map.of(
            "kafka.bootstrap-servers", bootstrapServers,
            "kafka.topics.prefix", prefix,
            "node.id", node);
    fixed.forEach((key, value) -> flags.add(new Flag(key, key, value)));
    return new SettingsLoader().load(null, Map.of(), flags);
  }

  private void topics(KafkaClients clients) {
    if (options.kafka() != null && options.prefix() == null) {
      parts.push(() -> deleteTopics(clients));
    }
    try (Admin admin = clients.admin("relevo-testkit")) {
      new TopicAdmin(admin, layout, bootstrapServers).ensure();
    }
  }

  /** What was made for this house alone goes with it. */
  private void deleteTopics(KafkaClients clients) throws Exception {
    try (Admin admin = clients.admin("relevo-testkit")) {
      List<String> its =
          admin.listTopics().names().get(TOPICS_BOUND.toSeconds(), TimeUnit.SECONDS).stream()
              .filter(name -> name.startsWith(layout.prefix() + "."))
              .toList();
      admin.deleteTopics(its).all().get(TOPICS_BOUND.toSeconds(), TimeUnit.SECONDS);
    }
  }

  private static void awaitReady(Dispatcher dispatcher) {
    try {
      CompletableFuture.anyOf(dispatcher.ready(), dispatcher.stopped())
          .get(START_BOUND.toSeconds(), TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException e) {
      throw new IllegalStateException("the dispatcher did not start: " + e.getMessage(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while the dispatcher started", e);
    }
  }

  HouseOptions options() {
    return options;
  }

  String bootstrapServers() {
    return bootstrapServers;
  }

  TopicNames names() {
    return layout.names();
  }

  JobClientOptions.Builder clientOptions() {
    return JobClientOptions.to(bootstrapServers).topics(layout);
  }

  /** The one client that is closed with it. */
  synchronized JobClient client(Supplier<JobClientOptions.Builder> how) {
    if (closed) {
      throw new IllegalStateException("the test house is closed");
    }
    JobClient made = client;
    if (made == null) {
      made = how.get().connect();
      client = made;
      parts.push(made);
    }
    return made;
  }

  ScriptBook book() {
    return book;
  }

  NodeFleet fleet() {
    return fleet;
  }

  JobLog log() {
    return log;
  }

  /** What fails to close is logged and does not hold up the rest. */
  @Override
  public synchronized void close() {
    closed = true;
    while (!parts.isEmpty()) {
      AutoCloseable part = parts.pop();
      try {
        part.close();
      } catch (Exception e) {
        LOG.warn("{} of a test house did not close", part.getClass().getSimpleName(), e);
      }
    }
  }
}
