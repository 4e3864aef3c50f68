package dev.relevo.launcher;

import dev.relevo.common.config.Flag;
import dev.relevo.common.config.NodeSettings;
import dev.relevo.common.config.SettingsLoader;
import dev.relevo.node.backend.Workers;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code relevo node}. */
@Command(
    name = "node",
    description = {
      "Runs a worker node beside its backends; without any configured it uses Ollama at"
          + " localhost:11434 with gemma3:4b."
    },
    footer = {"", "Example:", "  ./relevo node -c relevo.yaml --bootstrap kafka-1:9092"})
final class NodeCommand implements RoleCommand {
  private final Terminal terminal;
  @Mixin private final SettingsOptions options = new SettingsOptions();

  @Option(
      names = "--port",
      paramLabel = "N",
      description = "Port of health and metrics (any free one).")
  private @Nullable String port;

  NodeCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws Exception {
    List<Flag> flags = port == null ? List.of() : List.of(new Flag("--port", "node.port", port));
    SettingsLoader loader = new SettingsLoader().withTypes(Workers.load().types());
    SettingsSource source = options.source(loader, terminal.environment(), flags);
    NodeSettings node = source.settings().node();
    HttpPlace http = new HttpPlace(node.host(), node.port(), "--port or node.port");
    return new RoleRunner(terminal).run(new NodeRole(source, terminal.environment(), http));
  }
}
