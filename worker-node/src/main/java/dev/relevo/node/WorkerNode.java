package dev.relevo.node;

import dev.relevo.common.config.BackendSettings;
import dev.relevo.common.config.KafkaSettings;
import dev.relevo.common.config.NodeSettings;
import dev.relevo.common.kafka.KafkaAccess;
import dev.relevo.common.kafka.KafkaClients;
import dev.relevo.common.protocol.TopicNames;
import dev.relevo.node.backend.BackendSource;
import dev.relevo.node.backend.FixedBackends;
import dev.relevo.node.backend.Worker;
import dev.relevo.node.core.DuplicateNodeException;
import dev.relevo.node.core.NodeFailedException;
import dev.relevo.node.core.NodeReadiness;
import dev.relevo.node.kafka.NodeRuntime;
import dev.relevo.node.kafka.NodeTime;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A worker node: takes assignments from its slot, runs them on its backends and streams the answers
 * to whoever asked (protocol sections 3 to 6). Thread-safe.
 */
public final class WorkerNode implements AutoCloseable {
  /** Beyond the drain timeout: handing over, the last beat, giving connections back. */
  private static final Duration CLOSE_GRACE = Duration.ofSeconds(30);

  private final NodeRuntime runtime;
  private final Duration drainTimeout;

  private WorkerNode(NodeRuntime runtime, Duration drainTimeout) {
    this.runtime = runtime;
    this.drainTimeout = drainTimeout;
  }

  /**
   * Starts a node whose backends are these and stay these.
   *
   * @param workers at least one, with names of their own; closed with the node
   * @throws dev.relevo.common.kafka.KafkaProblem if Kafka's settings are wrong
   * @throws IllegalArgumentException if there is no worker, two have one name, or the strategy is
   *     unknown
   */
  public static WorkerNode start(
      KafkaSettings kafka, NodeSettings settings, List<Worker> workers, MeterRegistry meters) {
    FixedBackends fixed = new FixedBackends(workers);
    List<BackendSettings> backends = fixed.settings(settings.backends());
    return start(kafka, settings.withBackends(backends), fixed, meters);
  }

  /**
   * Starts a node and returns at once; {@link #awaitReady} tells when it takes work.
   *
   * @param source makes its backends, those of the settings and later ones; they are closed with
   *     the node
   * @throws dev.relevo.common.kafka.KafkaProblem if Kafka's settings are wrong
   * @throws IllegalArgumentException if a backend cannot be made, or the strategy is unknown
   */
  public static WorkerNode start(
      KafkaSettings kafka, NodeSettings settings, BackendSource source, MeterRegistry meters) {
    KafkaClients clients =
        new KafkaClients(new KafkaAccess(kafka.bootstrapServers(), kafka.properties()));
    NodeRuntime runtime =
        new NodeRuntime(
            clients,
            new TopicNames(kafka.topics().prefix()),
            settings,
            source,
            meters,
            NodeTime.SYSTEM);
    runtime.start();
    return new WorkerNode(runtime, settings.drainTimeout());
  }

  /**
   * Waits until the node takes work: its backends were asked once, and Kafka has its first READY
   * beat. A backend need not be available for that; {@link #readiness} tells.
   *
   * @throws NodeFailedException if it cannot start, {@link DuplicateNodeException} if its id is
   *     taken; the message is one sentence
   * @throws TimeoutException if it is not ready in time
   */
  public void awaitReady(Duration timeout) throws InterruptedException, TimeoutException {
    await(runtime.ready(), timeout);
  }

  /**
   * Waits until the node has stopped: drained on request, closed, or failed.
   *
   * @throws NodeFailedException if it could not go on; the message is one sentence
   * @throws TimeoutException if it has not stopped in time
   */
  public void awaitStopped(Duration timeout) throws InterruptedException, TimeoutException {
    await(runtime.stopped(), timeout);
  }

  /** Completes when the node has stopped; exceptionally with a {@link NodeFailedException}. */
  public CompletableFuture<Void> stopped() {
    return runtime.stopped().copy();
  }

  /**
   * The node's file says this of its backends now: what is new is added, what has changed is
   * changed, what is missing is removed. Attempts that run on those end there. Returns when it is
   * done; the next beat tells.
   *
   * @throws IllegalArgumentException if one of them cannot be made, with a sentence for people;
   *     then nothing has changed
   */
  public void changeBackends(List<BackendSettings> backends) {
    runtime.backends(backends);
  }

  /** How the node is now. */
  public NodeReadiness readiness() {
    return runtime.readiness();
  }

  /**
   * Drains and stops: takes nothing new, lets running attempts finish within the drain timeout,
   * hands the others over to other nodes, and leaves. Waits until that is done.
   */
  @Override
  public void close() {
    runtime.drain();
    try {
      awaitStopped(drainTimeout.plus(CLOSE_GRACE));
    } catch (InterruptedException e) {
      runtime.kill();
      Thread.currentThread().interrupt();
    } catch (TimeoutException e) {
      runtime.kill();
    } catch (NodeFailedException e) {
      // Whoever waits for stopped() is told; a node that has failed is closed.
      return;
    }
  }

  /** Stops without a word, as if the process had died; for tests of failover. */
  public void kill() {
    runtime.kill();
  }

  private static void await(CompletableFuture<Void> future, Duration timeout)
      throws InterruptedException, TimeoutException {
    try {
      future.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      throw e.getCause() instanceof NodeFailedException failure
          ? failure
          : new CompletionException(e.getCause());
    }
  }
}
