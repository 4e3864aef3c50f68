package dev.relevo.launcher;

import dev.relevo.common.config.Flag;
import dev.relevo.common.config.Settings;
import dev.relevo.common.config.SettingsLoader;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code relevo dispatcher}. */
@Command(
    name = "dispatcher",
    description = "Runs a dispatcher: it gives jobs to nodes. Several share the work.",
    footer = {"", "Example:", "  ./relevo dispatcher --bootstrap kafka-1:9092"})
final class DispatcherCommand implements RoleCommand {
  private final Terminal terminal;
  @Mixin private final SettingsOptions options = new SettingsOptions();

  @Option(
      names = "--port",
      paramLabel = "N",
      description = "Port of health and metrics (any free one).")
  private @Nullable String port;

  DispatcherCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws Exception {
    List<Flag> flags =
        port == null ? List.of() : List.of(new Flag("--port", "dispatcher.port", port));
    Settings settings = options.load(new SettingsLoader(), terminal.environment(), flags);
    HttpPlace http =
        new HttpPlace(
            settings.dispatcher().host(),
            settings.dispatcher().port(),
            "--port or dispatcher.port");
    return new RoleRunner(terminal).run(new DispatcherRole(settings, http));
  }
}
