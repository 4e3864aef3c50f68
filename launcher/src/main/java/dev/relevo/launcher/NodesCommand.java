package dev.relevo.launcher;

import dev.relevo.common.config.Settings;
import dev.relevo.common.kafka.KafkaClients;
import dev.relevo.common.protocol.TopicNames;
import dev.relevo.operator.Fleet;
import dev.relevo.operator.FleetReader;
import dev.relevo.operator.PausedLanes;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code relevo nodes}. */
@Command(
    name = "nodes",
    description = "Shows the nodes that are there, what they run and what they can run.",
    footer = {"", "Example:", "  ./relevo nodes --watch"})
final class NodesCommand implements Callable<Integer> {
  private static final Duration REFRESH = Duration.ofSeconds(1);

  /** To the upper left corner, and clear from there. */
  private static final String CLEAR_SCREEN = "\u001b[H\u001b[2J";

  private final Terminal terminal;
  @Mixin private final SettingsOptions options = new SettingsOptions();

  @Option(names = "--watch", description = "Refresh every second until Ctrl-C.")
  private boolean watch;

  NodesCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    Settings settings = options.load(terminal.environment());
    KafkaClients clients = KafkaDoor.open(settings.kafka());
    TopicNames topics = new TopicNames(settings.kafka().topics().prefix());
    try (FleetReader reader = new FleetReader(clients, topics, InstantSource.system())) {
      Fleet fleet = reader.read(FleetReader.MANY_BEATS);
      try (PausedLanes lanes = new PausedLanes(clients, topics)) {
        if (watch) {
          return watch(reader, fleet, lanes).exitCode();
        }
        FleetTable.of(fleet, lanes.now()).forEach(terminal.out()::println);
        return ExitCode.DONE;
      }
    }
  }

  private StopSignal.Kind watch(FleetReader reader, Fleet first, PausedLanes lanes) {
    CompletableFuture<StopSignal.Kind> stop = terminal.stopSignal().get().asked();
    Fleet fleet = first;
    while (!stop.isDone()) {
      String table = String.join("\n", FleetTable.of(fleet, lanes.now()));
      terminal.out().println(CLEAR_SCREEN + table);
      fleet = reader.next(REFRESH);
    }
    return stop.join();
  }
}
