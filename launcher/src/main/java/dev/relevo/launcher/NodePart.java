package dev.relevo.launcher;

import dev.relevo.common.config.BackendSettings;
import dev.relevo.common.config.KafkaSettings;
import dev.relevo.common.config.NodeSettings;
import dev.relevo.common.protocol.NodeBeat;
import dev.relevo.node.WorkerNode;
import dev.relevo.node.backend.BackendSource;
import dev.relevo.node.backend.ConfiguredBackends;
import dev.relevo.node.backend.Workers;
import dev.relevo.node.core.NodeReadiness;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A worker node in this process. */
final class NodePart implements AutoCloseable {
  /** What a node does beyond letting its jobs finish. */
  static final Duration CLOSE_GRACE = Duration.ofSeconds(30);

  private static final Logger LOG = LoggerFactory.getLogger(NodePart.class);
  private static final Duration START_BOUND = Duration.ofSeconds(60);
  private static final Duration LOOK_AGAIN = Duration.ofMillis(500);

  private final WorkerNode node;

  private NodePart(WorkerNode node) {
    this.node = node;
  }

  /**
   * Starts a node; it is not ready yet.
   *
   * @param environment variables by which orders may name keys
   * @throws CommandProblem when its settings cannot be used
   */
  static NodePart start(
      KafkaSettings kafka,
      NodeSettings settings,
      Map<String, String> environment,
      MeterRegistry meters) {
    try {
      BackendSource backends =
          new HiddenKeys(
              new ConfiguredBackends(Workers.load(), settings.healthCheck(), environment));
      return new NodePart(WorkerNode.start(kafka, settings, backends, meters));
    } catch (IllegalArgumentException e) {
      throw CommandProblem.wrongUse(String.valueOf(e.getMessage()), e);
    }
  }

  /**
   * Its file says this of its backends now.
   *
   * @throws IllegalArgumentException when that cannot be; then nothing has changed
   */
  void change(List<BackendSettings> backends) {
    node.changeBackends(backends);
  }

  /** Blocks until it takes work and a backend of it can do some. */
  void awaitReady() throws InterruptedException {
    try {
      node.awaitReady(START_BOUND);
    } catch (TimeoutException e) {
      throw CommandProblem.failed(
          "Node %s did not get ready within %d s: is Kafka overloaded? Try again with -v to see more."
              .formatted(node.readiness().node(), START_BOUND.toSeconds()));
    }
    Optional<String> missing = missing();
    missing.ifPresent(reason -> LOG.warn("{}; looking again until it can", reason));
    while (missing.isPresent() && !stoppedWithin(LOOK_AGAIN)) {
      missing = missing();
    }
  }

  /** Why it cannot work now; empty when it can. */
  Optional<String> missing() {
    NodeReadiness now = node.readiness();
    if (now.isReady()) {
      return Optional.empty();
    }
    String complaints =
        now.complaints().entrySet().stream()
            .map(backend -> backend.getKey() + ": " + backend.getValue())
            .sorted()
            .collect(Collectors.joining("; "));
    String state = now.backends().isEmpty() ? "it has no backend" : now.state().toString();
    String reason = complaints.isEmpty() ? state : complaints;
    return Optional.of("node " + now.node() + " cannot work (" + reason + ")");
  }

  /** What its available backends serve, sorted. */
  List<String> models() {
    return node.readiness().backends().stream()
        .flatMap(backend -> backend.models().stream())
        .distinct()
        .sorted()
        .toList();
  }

  String id() {
    return node.readiness().node();
  }

  /** Whether it was asked to leave, and has. */
  boolean hasLeft() {
    return node.readiness().state() == NodeBeat.State.LEFT;
  }

  CompletableFuture<Void> stopped() {
    return node.stopped();
  }

  @Override
  public void close() {
    node.close();
  }

  private boolean stoppedWithin(Duration wait) throws InterruptedException {
    try {
      node.stopped().get(wait.toMillis(), TimeUnit.MILLISECONDS);
      return true;
    } catch (TimeoutException e) {
      return false;
    } catch (ExecutionException e) {
      throw e.getCause() instanceof RuntimeException failure
          ? failure
          : new IllegalStateException(e.getCause());
    }
  }
}
