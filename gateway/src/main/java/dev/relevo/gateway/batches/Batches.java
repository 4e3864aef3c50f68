package dev.relevo.gateway.batches;

import dev.relevo.common.kafka.KafkaClients;
import dev.relevo.common.kafka.KafkaProblem;
import dev.relevo.common.kafka.TopicLayout;
import dev.relevo.gateway.files.FileLimits;
import dev.relevo.gateway.files.FileRoutes;
import dev.relevo.gateway.files.FileStore;
import dev.relevo.gateway.http.Route;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/** Files and batches of a gateway: what is asked of them, and what runs. Thread-safe. */
public final class Batches implements AutoCloseable {
  private final BatchRun.Tools tools;
  private final BatchOwner owner;
  private final MeterRegistry registry;

  private Batches(BatchRun.Tools tools, MeterRegistry registry) {
    this.tools = tools;
    this.registry = registry;
    this.owner = new BatchOwner(tools);
  }

  /**
   * Starts; returns when all batches are known.
   *
   * @param registry where the meters of files and batches go
   * @throws KafkaProblem when Kafka does not answer
   */
  public static Batches start(
      KafkaClients clients,
      TopicLayout layout,
      BatchLimits limits,
      FileLimits fileLimits,
      MeterRegistry registry) {
    InstantSource clock = InstantSource.system();
    Batches batches =
        new Batches(
            new BatchRun.Tools(
                clients,
                layout,
                new FileStore(clients, layout, clock, fileLimits),
                new BatchBook(),
                new BatchLog(clients, layout),
                limits,
                new BatchMeters(registry),
                clock),
            registry);
    batches.awaitBook();
    batches.tools.meters().watch(batches.book(), batches::runs);
    return batches;
  }

  private void awaitBook() {
    try {
      if (owner.awaitBook()) {
        return;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    close();
    throw new KafkaProblem(
        KafkaProblem.Kind.TIMEOUT,
        "The topic %s could not be read: does Kafka work?"
            .formatted(tools.layout().names().batches()),
        null);
  }

  /** What can be asked. */
  public List<Route> routes() {
    List<Route> routes = new ArrayList<>();
    routes.addAll(new FileRoutes(tools.files(), this::userOf, registry).routes());
    routes.addAll(new BatchRoutes(tools).routes());
    return routes;
  }

  private Optional<String> userOf(String file) {
    return tools.book().open().stream()
        .filter(batch -> batch.created().inputFile().equals(file))
        .map(Batch::id)
        .findFirst();
  }

  BatchBook book() {
    return tools.book();
  }

  /** What runs here. */
  Collection<BatchRun> runs() {
    return owner.runs();
  }

  /** Ends at once and tells nobody, as a process does that is killed. For tests. */
  void die() {
    owner.die();
    close();
  }

  /** Ends what runs here; other gateways go on with it. */
  @Override
  public void close() {
    owner.close();
    tools.log().close();
    tools.files().close();
  }
}
