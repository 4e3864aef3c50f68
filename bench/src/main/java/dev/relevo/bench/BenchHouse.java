package dev.relevo.bench;

import dev.relevo.broker.BrokerStartException;
import dev.relevo.broker.TemporaryBroker;
import dev.relevo.common.config.Settings;
import dev.relevo.common.config.SettingsLoader;
import dev.relevo.common.kafka.KafkaAccess;
import dev.relevo.common.kafka.KafkaClients;
import dev.relevo.common.kafka.TopicAdmin;
import dev.relevo.common.kafka.TopicLayout;
import dev.relevo.dispatcher.Dispatcher;
import dev.relevo.gateway.Gateway;
import dev.relevo.gateway.GatewayHost;
import dev.relevo.node.WorkerNode;
import dev.relevo.node.backend.BackendSource;
import dev.relevo.node.backend.ConfiguredBackends;
import dev.relevo.node.backend.Workers;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.jspecify.annotations.Nullable;

/**
 * What is measured, in this JVM: an embedded broker in a folder of its own, or Kafka at an address;
 * a dispatcher and nodes with the echo model, under a topic prefix of their own.
 */
final class BenchHouse implements AutoCloseable {
  /** Echoes in one piece, at once: what is left is the way there and back. */
  static final String MODEL = "echo-once";

  private static final int NODES = 2;
  private static final int CAPACITY = 512;
  private static final long READY_SECONDS = 60;

  private final Deque<AutoCloseable> parts = new ArrayDeque<>();
  private final String prefix = "bench-" + UUID.randomUUID();
  private final String bootstrap;
  private final Gateway gateway;

  /**
   * @param kafka Kafka's address; null starts a broker
   * @throws BrokerStartException if the broker does not start
   */
  BenchHouse(@Nullable String kafka) throws BrokerStartException, InterruptedException {
    try {
      bootstrap = kafka == null ? startBroker() : kafka;
      Settings settings = settings(0);
      KafkaClients clients = clients();
      try (Admin admin = clients.admin("bench")) {
        TopicLayout layout =
            new TopicLayout(prefix, settings.kafka().topics().jobsPartitions(), NODES, 1);
        new TopicAdmin(admin, layout, bootstrap).ensure();
      }
      startRoles(settings);
      gateway = startGateway(settings);
    } catch (RuntimeException | BrokerStartException | InterruptedException e) {
      close();
      throw e;
    }
  }

  String bootstrap() {
    return bootstrap;
  }

  String prefix() {
    return prefix;
  }

  /** The gateway's port on this machine. */
  int httpPort() {
    return gateway.port();
  }

  KafkaClients clients() {
    return new KafkaClients(KafkaAccess.to(bootstrap));
  }

  private String startBroker() throws BrokerStartException {
    TemporaryBroker broker = TemporaryBroker.launch();
    parts.push(broker);
    return broker.bootstrapServers();
  }

  private void startRoles(Settings settings) throws InterruptedException {
    Dispatcher dispatcher =
        Dispatcher.start("bench-dispatcher", settings, new SimpleMeterRegistry());
    parts.push(dispatcher);
    for (int node = 1; node <= NODES; node++) {
      Settings own = settings(node);
      BackendSource echo =
          new ConfiguredBackends(Workers.load(), own.node().healthCheck(), Map.of());
      WorkerNode worker =
          WorkerNode.start(own.kafka(), own.node(), echo, new SimpleMeterRegistry());
      parts.push(worker);
      awaitReady(worker);
    }
    try {
      dispatcher.ready().get(READY_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException e) {
      throw new IllegalStateException("the dispatcher did not start: " + e.getMessage(), e);
    }
  }

  private Gateway startGateway(Settings settings) {
    try {
      Gateway started = Gateway.open(settings.gateway(), new Unwatched());
      parts.push(started);
      started.connect(
          clients(), new TopicLayout(prefix, settings.kafka().topics().jobsPartitions(), NODES, 1));
      return started;
    } catch (IOException e) {
      throw new IllegalStateException("the gateway did not start: " + e.getMessage(), e);
    }
  }

  private static void awaitReady(WorkerNode worker) throws InterruptedException {
    try {
      worker.awaitReady(Duration.ofSeconds(READY_SECONDS));
    } catch (TimeoutException e) {
      throw new IllegalStateException("a node did not start: " + e.getMessage(), e);
    }
  }

  private Settings settings(int node) {
    Map<String, String> overrides = new HashMap<>();
    overrides.put("RELEVO_KAFKA_BOOTSTRAP_SERVERS", bootstrap);
    overrides.put("RELEVO_KAFKA_TOPICS_PREFIX", prefix);
    overrides.put("RELEVO_KAFKA_TOPICS_SLOTS", Integer.toString(NODES));
    overrides.put("RELEVO_NODE_ID", "bench-node-" + node);
    overrides.put("RELEVO_NODE_CAPACITY", Integer.toString(CAPACITY));
    overrides.put("RELEVO_NODE_BACKENDS_0_NAME", "echo");
    overrides.put("RELEVO_NODE_BACKENDS_0_TYPE", "echo");
    overrides.put("RELEVO_NODE_BACKENDS_0_MODELS", MODEL);
    overrides.put("RELEVO_GATEWAY_PORT", "0");
    overrides.put("RELEVO_DISPATCHER_STRATEGY", "least-loaded");
    return new SettingsLoader().load(null, overrides);
  }

  @Override
  public void close() {
    while (!parts.isEmpty()) {
      try {
        parts.pop().close();
      } catch (Exception e) {
        throw new IllegalStateException("closing what was measured: " + e.getMessage(), e);
      }
    }
  }

  /** Nobody asks this gateway how it is. */
  private static final class Unwatched implements GatewayHost {
    @Override
    public Optional<String> missing() {
      return Optional.empty();
    }

    @Override
    public MeterRegistry meters() {
      return new SimpleMeterRegistry();
    }

    @Override
    public String metrics() {
      return "";
    }
  }
}
