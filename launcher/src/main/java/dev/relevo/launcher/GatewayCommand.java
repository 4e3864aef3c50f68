package dev.relevo.launcher;

import dev.relevo.common.config.Flag;
import dev.relevo.common.config.Settings;
import dev.relevo.common.config.SettingsLoader;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code relevo gateway}. */
@Command(
    name = "gateway",
    description = {
      "Runs the HTTP door: an OpenAI-compatible API, jobs, batches, dead letters. Several can run"
          + " side by side; each goes on with what another began."
    },
    footer = {
      "",
      "Example:",
      "  ./relevo gateway --bootstrap kafka-1:9092",
      "  curl http://127.0.0.1:8484/v1/models"
    })
final class GatewayCommand implements RoleCommand {
  private final Terminal terminal;
  @Mixin private final SettingsOptions options = new SettingsOptions();

  @Option(
      names = "--port",
      paramLabel = "N",
      description = "Port to listen on (8484; 0: any free one).")
  private @Nullable String port;

  GatewayCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws Exception {
    List<Flag> flags = port == null ? List.of() : List.of(new Flag("--port", "gateway.port", port));
    Settings settings = options.load(new SettingsLoader(), terminal.environment(), flags);
    return new RoleRunner(terminal).run(new GatewayRole(settings));
  }
}
