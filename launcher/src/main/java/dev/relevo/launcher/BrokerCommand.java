package dev.relevo.launcher;

import dev.relevo.broker.BrokerOptions;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code relevo broker}. */
@Command(
    name = "broker",
    description = "Runs a Kafka for this machine: one broker, on loopback only.",
    footer = {"", "Example:", "  ./relevo broker --data ./data --kafka-port 9092"})
final class BrokerCommand implements RoleCommand {
  private final Terminal terminal;

  @Option(
      names = "--data",
      paramLabel = "DIR",
      defaultValue = "data",
      description = "Folder of Kafka's data, kept between starts (./data).")
  private Path data = Path.of("data");

  @Option(
      names = "--kafka-port",
      paramLabel = "N",
      defaultValue = "9092",
      description = "Port of Kafka (9092; 0: any free one).")
  private int kafkaPort;

  @Option(
      names = "--port",
      paramLabel = "N",
      defaultValue = "0",
      description = "Port of health and metrics (any free one).")
  private int port;

  BrokerCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws Exception {
    BrokerOptions broker = new BrokerOptions(data, PortOption.check("--kafka-port", kafkaPort));
    HttpPlace http = new HttpPlace(HttpPlace.LOOPBACK, PortOption.check("--port", port), "--port");
    return new RoleRunner(terminal).run(new BrokerRole(broker, http));
  }
}
