package dev.relevo.launcher;

import dev.relevo.common.config.KafkaSettings;
import dev.relevo.common.kafka.KafkaClients;
import dev.relevo.common.protocol.ControlRecord;
import dev.relevo.common.protocol.TopicNames;
import dev.relevo.common.registry.RegisteredNode;
import dev.relevo.operator.FleetReader;
import java.time.InstantSource;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code relevo drain}. */
@Command(
    name = "drain",
    description = {
      "Asks a node to leave: it takes nothing new, finishes what it has within node.drain-timeout,"
          + " hands the rest to others, and its process ends. Waits until it has left."
    },
    footer = {
      "",
      "Example:",
      "  ./relevo drain attic",
      "  ./relevo drain --no-wait attic        # only asks"
    })
final class DrainCommand implements Callable<Integer> {
  private final Terminal terminal;
  @Mixin private final SettingsOptions options = new SettingsOptions();

  @Parameters(paramLabel = "NODE", description = "The node's id, as ./relevo nodes shows it.")
  private String node = "";

  @Option(names = "--no-wait", description = "Do not wait until it has left.")
  private boolean onlyAsk;

  DrainCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    KafkaSettings kafka = options.load(terminal.environment()).kafka();
    KafkaClients clients = KafkaDoor.open(kafka);
    TopicNames topics = new TopicNames(kafka.topics().prefix());
    try (FleetReader reader = new FleetReader(clients, topics, InstantSource.system());
        ControlSender control = new ControlSender(clients, topics)) {
      RegisteredNode there = PresentNode.of(reader.read(FleetReader.MANY_BEATS), node);
      StopSignal stop = terminal.stopSignal().get();
      control.send(new ControlRecord.Drain(node));
      terminal.err().println("Asked node " + PlainText.line(node) + " to leave.");
      return onlyAsk ? ExitCode.DONE : new DrainWatch(terminal, there).await(reader, stop.asked());
    }
  }
}
