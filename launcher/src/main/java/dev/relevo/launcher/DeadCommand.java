package dev.relevo.launcher;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code relevo dead}. */
@Command(
    name = "dead",
    description = "Shows the jobs that failed for good, runs them again or removes them.",
    synopsisSubcommandLabel = "list|show|replay|purge",
    footer = {
      "",
      "Example:",
      "  ./relevo dead list --since 1d",
      "  ./relevo dead show 01993b5e-7a10-7c1e-8f4b-5d2f6a1b9c3d",
      "  ./relevo dead replay --error attempts_exhausted --to-model gemma3:4b --rate 10/s",
      "  ./relevo dead purge --tenant shop"
    })
final class DeadCommand implements Runnable {
  @Spec private CommandSpec spec = CommandSpec.create();

  /** With what can be done to dead letters. */
  static CommandLine withSubcommands(Terminal terminal) {
    return new CommandLine(new DeadCommand())
        .addSubcommand(new DeadListCommand(terminal))
        .addSubcommand(new DeadShowCommand(terminal))
        .addSubcommand(new DeadReplayCommand(terminal))
        .addSubcommand(new DeadPurgeCommand(terminal));
  }

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(), "Say what to do: dead list, dead show, dead replay or dead purge.");
  }
}
