package dev.relevo.launcher;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code relevo topics}. */
@Command(
    name = "topics",
    description = "Creates and checks the topics; every role does so as well when it starts.",
    synopsisSubcommandLabel = "create|check",
    footer = {"", "Example:", "  ./relevo topics create", "  ./relevo topics check"})
final class TopicsCommand implements Runnable {
  @Spec private CommandSpec spec = CommandSpec.create();

  /** With what can be done to topics. */
  static CommandLine withSubcommands(Terminal terminal) {
    return new CommandLine(new TopicsCommand())
        .addSubcommand(new TopicsCreateCommand(terminal))
        .addSubcommand(new TopicsCheckCommand(terminal));
  }

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(), "Say what to do: topics create, or topics check.");
  }
}
