package dev.relevo.launcher;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code relevo backend}. */
@Command(
    name = "backend",
    description = "Shows the backends of the nodes, and adds or removes some while they run.",
    synopsisSubcommandLabel = "list|add|remove",
    footer = {
      "",
      "Example:",
      "  ./relevo backend list",
      "  ./relevo backend add cloud --type openai --base-url https://api.openai.com/v1 \\",
      "      --key-env OPENAI_KEY --models gpt-5-mini --priority 50",
      "  ./relevo backend remove cloud --node attic"
    })
final class BackendCommand implements Runnable {
  @Spec private CommandSpec spec = CommandSpec.create();

  /** With what can be done to backends. */
  static CommandLine withSubcommands(Terminal terminal) {
    return new CommandLine(new BackendCommand())
        .addSubcommand(new BackendListCommand(terminal))
        .addSubcommand(new BackendAddCommand(terminal))
        .addSubcommand(new BackendRemoveCommand(terminal));
  }

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(), "Say what to do: backend list, backend add or backend remove.");
  }
}
