package dev.relevo.launcher;

import dev.relevo.common.config.KafkaSettings;
import dev.relevo.common.kafka.KafkaClients;
import dev.relevo.common.protocol.TopicNames;
import dev.relevo.common.registry.RegisteredNode;
import dev.relevo.operator.Fleet;
import dev.relevo.operator.FleetReader;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code relevo backend list}. */
@Command(
    name = "list",
    description = "Shows the backends of each node: how they are and what they serve.",
    footer = {
      "",
      "Example:",
      "  ./relevo backend list",
      "  ./relevo backend list --node attic --json"
    })
final class BackendListCommand implements Callable<Integer> {
  private final Terminal terminal;
  @Mixin private final SettingsOptions options = new SettingsOptions();

  @Option(names = "--node", paramLabel = "ID", description = "Only those of this node.")
  private @Nullable String node;

  @Option(names = "--json", description = "Print a line of JSON for each.")
  private boolean json;

  BackendListCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    KafkaSettings kafka = options.load(terminal.environment()).kafka();
    KafkaClients clients = KafkaDoor.open(kafka);
    TopicNames topics = new TopicNames(kafka.topics().prefix());
    try (FleetReader reader = new FleetReader(clients, topics, InstantSource.system())) {
      Fleet fleet = reader.read(FleetReader.MANY_BEATS);
      String one = node;
      List<RegisteredNode> nodes = one == null ? fleet.live() : List.of(PresentNode.of(fleet, one));
      (json ? BackendTable.json(nodes) : BackendTable.of(nodes)).forEach(terminal.out()::println);
    }
    return ExitCode.DONE;
  }
}
