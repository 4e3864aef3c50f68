package dev.relevo.broker;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import kafka.server.BrokerServer;
import kafka.server.ControllerServer;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import kafka.server.Server;
import kafka.server.SharedServer;
import org.apache.kafka.common.utils.Time;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Apache Kafka's own KRaft server, broker and controller in one, as a part of this JVM. It listens
 * on loopback only and keeps its data in one folder between starts.
 *
 * <p>Kafka runs on threads of its own. A broker that ends by itself, on a full disk say, does not
 * take the process with it: {@link #stopped()} tells, and the owner decides.
 *
 * <p>This class is safe for use from several threads.
 */
public final class EmbeddedBroker implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(EmbeddedBroker.class);

  /** How long a clean stop may wait for the controller's consent. */
  private static final Duration STOP_TIMEOUT = Duration.ofSeconds(5);

  private final DataFolder folder;
  private final Listeners listeners;
  private final Faults faults;
  private final ControllerServer controller;
  private final BrokerServer broker;
  private final AtomicBoolean closing = new AtomicBoolean();

  private EmbeddedBroker(DataFolder folder, Listeners listeners) {
    this.folder = folder;
    this.listeners = listeners;
    this.faults = new Faults();
    KafkaConfig config = new KafkaConfig(BrokerSettings.of(folder.path(), listeners), false);
    var storage = KafkaRaftServer.initializeLogDirs(config, LOG, "");
    String clusterId = storage._1().clusterId().orElseThrow();
    SharedServer shared =
        new SharedServer(
            config,
            storage._1(),
            Time.SYSTEM,
            Server.initializeMetrics(config, Time.SYSTEM, clusterId),
            CompletableFuture.completedFuture(
                Map.of(BrokerSettings.NODE_ID, listeners.controller())),
            List.of(),
            faults,
            listeners);
    this.controller = new ControllerServer(shared, KafkaRaftServer.configSchema(), storage._2());
    this.broker = new BrokerServer(shared);
  }

  /**
   * Starts a broker and returns when it serves clients. Blocks for about a second in a warm JVM, at
   * most for a minute.
   *
   * @throws BrokerStartException if the port is taken or the folder cannot be used; nothing is left
   *     running then
   */
  public static EmbeddedBroker start(BrokerOptions options) throws BrokerStartException {
    Listeners listeners = Listeners.bind(options.port());
    DataFolder folder = null;
    try {
      folder = DataFolder.open(options.dataDirectory(), BrokerSettings.NODE_ID);
      EmbeddedBroker broker = new EmbeddedBroker(folder, listeners);
      broker.startServers();
      return broker;
    } catch (BrokerStartException e) {
      release(listeners, folder);
      throw e;
    } catch (RuntimeException e) {
      release(listeners, folder);
      throw new BrokerStartException(
          "Kafka could not start on the data folder %s (%s): its log says more."
              .formatted(options.dataDirectory(), DataFolder.oneLine(e)),
          e);
    }
  }

  /** Where clients connect: {@code host:port} on loopback. */
  public String bootstrapServers() {
    return Listeners.HOST + ":" + listeners.clientPort();
  }

  /**
   * Ends when this broker has stopped: normally after {@link #close()}, with a {@link
   * BrokerFailedException} if it stopped by itself. It still has to be closed then.
   */
  public CompletionStage<@Nullable Void> stopped() {
    return faults.stopped().minimalCompletionStage();
  }

  /** Stops cleanly; returns when all is on disk and the port and the folder are free again. */
  @Override
  public void close() {
    if (closing.compareAndSet(false, true)) {
      // The controller has a say in the broker's stop, so it goes last.
      try {
        broker.shutdown(STOP_TIMEOUT);
        controller.shutdown();
      } finally {
        faults.closed();
        release(listeners, folder);
      }
    }
  }

  private void startServers() {
    try {
      controller.startup();
      broker.startup();
    } catch (RuntimeException e) {
      close();
      throw e;
    }
    Thread.ofVirtual().name("relevo-broker-watch").start(this::watch);
  }

  /** Kafka also has ways to shut a broker down that pass neither a fault handler nor an exit. */
  private void watch() {
    broker.awaitShutdown();
    if (!closing.get()) {
      faults.failed("it shut down by itself", null);
    }
  }

  private static void release(Listeners listeners, @Nullable DataFolder folder) {
    closeLogged(listeners);
    if (folder != null) {
      closeLogged(folder);
    }
  }

  private static void closeLogged(AutoCloseable resource) {
    try {
      resource.close();
    } catch (Exception e) {
      LOG.warn("Closing {} failed", resource.getClass().getSimpleName(), e);
    }
  }
}
