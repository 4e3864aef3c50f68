package dev.relevo.launcher;

import dev.relevo.common.config.KafkaSettings;
import dev.relevo.common.kafka.KafkaClients;
import dev.relevo.common.protocol.ControlRecord;
import dev.relevo.common.protocol.TopicNames;
import dev.relevo.common.registry.RegisteredNode;
import dev.relevo.operator.Fleet;
import dev.relevo.operator.FleetReader;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What {@code backend add} and {@code backend remove} have in common: order, wait and tell. */
final class BackendOrderWork {
  private static final Duration LOOK = Duration.ofMillis(100);

  @Option(
      names = "--node",
      paramLabel = "ID",
      description = "Only this node; without it all nodes, also those that start later.")
  private @Nullable String node;

  @Option(names = "--no-wait", description = "Do not wait until the nodes have done it.")
  private boolean onlyAsk;

  @Option(names = "--json", description = "Print a line of JSON for each node.")
  private boolean json;

  @Nullable String node() {
    return node;
  }

  /**
   * Writes an order and tells what becomes of it.
   *
   * @param order made only when it makes sense
   * @param meant of the live nodes those that it means; throws when it makes no sense for them
   * @return the exit code
   */
  int run(
      Terminal terminal,
      KafkaSettings kafka,
      Supplier<ControlRecord.BackendOrder> order,
      Function<List<RegisteredNode>, List<RegisteredNode>> meant) {
    KafkaClients clients = KafkaDoor.open(kafka);
    TopicNames topics = new TopicNames(kafka.topics().prefix());
    try (FleetReader reader = new FleetReader(clients, topics, InstantSource.system());
        ControlSender control = new ControlSender(clients, topics)) {
      Fleet fleet = reader.read(FleetReader.MANY_BEATS);
      String one = node;
      List<RegisteredNode> there = one == null ? fleet.live() : List.of(PresentNode.of(fleet, one));
      if (there.isEmpty()) {
        throw CommandProblem.failed("No node is there that could do it: ./relevo nodes shows all.");
      }
      List<RegisteredNode> nodes = meant.apply(there);
      CompletableFuture<StopSignal.Kind> stop = terminal.stopSignal().get().asked();
      ControlRecord.BackendOrder made = order.get();
      long offset = control.send(made);
      if (onlyAsk) {
        terminal.err().println("Asked; ./relevo backend list shows what becomes of it.");
        return ExitCode.DONE;
      }
      boolean adds = made instanceof ControlRecord.BackendAdd;
      return await(terminal, reader, new OrderWatch(nodes, offset, made.name(), adds), stop);
    }
  }

  private int await(
      Terminal terminal,
      FleetReader reader,
      OrderWatch watch,
      CompletableFuture<StopSignal.Kind> stop) {
    long beganNanos = System.nanoTime();
    while (!stop.isDone()) {
      Fleet fleet = reader.next(LOOK);
      long waitedMs = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - beganNanos);
      for (OrderOutcome outcome : watch.look(fleet, waitedMs)) {
        if (json) {
          terminal.out().println(BackendTable.json(outcome));
        } else {
          (outcome.taken() ? terminal.out() : terminal.err()).println(outcome.words());
        }
      }
      if (watch.isDone()) {
        return watch.isObeyed() ? ExitCode.DONE : ExitCode.FAILED;
      }
    }
    terminal.err().println("Not waiting any more; the order stands.");
    return stop.join().exitCode();
  }

  /** Whether a node has a backend of this name. */
  static boolean has(RegisteredNode node, String backend) {
    return node.beat().backends().stream().anyMatch(other -> other.name().equals(backend));
  }
}
