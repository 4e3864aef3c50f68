package dev.relevo.launcher;

import dev.relevo.broker.BrokerOptions;
import dev.relevo.common.config.Flag;
import dev.relevo.common.config.KafkaSettings;
import dev.relevo.common.config.Settings;
import dev.relevo.common.config.SettingsLoader;
import dev.relevo.node.backend.Workers;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code relevo up}. */
@Command(
    name = "up",
    description = {
      "Starts everything in one process: Kafka (unless one is configured), a dispatcher and nodes.",
      "The nodes use the model servers found on this machine (Ollama, llama-server, vLLM,"
          + " LM Studio), else the built-in echo model, unless backends are configured."
    },
    footer = {
      "",
      "Example:",
      "  ./relevo up",
      "  ./relevo up -c relevo.yaml --data /var/lib/relevo --nodes 4"
    })
final class UpCommand implements RoleCommand {
  /** As {@code node.id} has it where nobody else can have the name. */
  private static final String NODE_NAME = "node";

  private final Terminal terminal;
  @Mixin private final SettingsOptions options = new SettingsOptions();

  @Option(
      names = "--data",
      paramLabel = "DIR",
      defaultValue = "data",
      description = "Folder of Kafka's data, kept between starts (./data).")
  private Path data = Path.of("data");

  @Option(
      names = "--port",
      paramLabel = "N",
      description = "Port of HTTP: the API, health and metrics (8484; 0: any free one).")
  private @Nullable String port;

  @Option(
      names = "--kafka-port",
      paramLabel = "N",
      description = "Port of the Kafka started here (9092; 0: any free one).")
  private @Nullable Integer kafkaPort;

  @Option(
      names = "--nodes",
      paramLabel = "N",
      defaultValue = "2",
      description = "How many nodes (2).")
  private int nodes;

  UpCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws Exception {
    if (nodes < 1) {
      throw CommandProblem.wrongUse("--nodes is " + nodes + ", expected 1 or more.");
    }
    SettingsSource source = source();
    UpPlan plan = plan(source.settings());
    return new RoleRunner(terminal)
        .run(new UpRole(plan, source, terminal.environment(), new ModelServerSearch()));
  }

  private SettingsSource source() {
    List<Flag> flags = new ArrayList<>();
    if (port != null) {
      flags.add(new Flag("--port", "gateway.port", port));
    }
    SettingsLoader loader = new SettingsLoader().withTypes(Workers.load().types());
    SettingsSource source = options.source(loader, terminal.environment(), flags);
    // In a Kafka of its own nobody else can have the short names.
    return source.settings().kafka().embedded()
        ? options.source(loader.withNodeId(NODE_NAME), terminal.environment(), flags)
        : source;
  }

  private UpPlan plan(Settings settings) {
    KafkaSettings kafka = settings.kafka();
    if (kafkaPort != null && !kafka.embedded()) {
      throw CommandProblem.wrongUse(
          "--kafka-port is for a Kafka started here, but the settings name one at %s: leave one of them out."
              .formatted(kafka.bootstrapServers()));
    }
    int forKafka =
        PortOption.check(
            "--kafka-port", kafkaPort == null ? BrokerOptions.DEFAULT_PORT : kafkaPort);
    return new UpPlan(settings, data, forKafka, nodes, options.asTyped());
  }
}
