package dev.relevo.launcher;

import dev.relevo.common.config.Settings;
import dev.relevo.common.protocol.JobIds;
import dev.relevo.common.protocol.MalformedRecordException;
import dev.relevo.common.protocol.TopicNames;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code relevo cancel}. */
@Command(
    name = "cancel",
    description = "Stops a job, whether it waits or runs; whoever reads its answer is told.",
    footer = {"", "Example:", "  ./relevo cancel 01993b5e-7a10-7c1e-8f4b-5d2f6a1b9c3d"})
final class CancelCommand implements Callable<Integer> {
  private final Terminal terminal;
  @Mixin private final SettingsOptions options = new SettingsOptions();

  @Parameters(paramLabel = "JOB", description = "The job's id, as submit printed it.")
  private String job = "";

  CancelCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    Settings settings = options.load(terminal.environment());
    try {
      JobIds.check(job);
    } catch (MalformedRecordException e) {
      throw CommandProblem.wrongUse("'" + job + "' is no job id: " + e.getMessage() + ".", e);
    }
    TopicNames topics = new TopicNames(settings.kafka().topics().prefix());
    try (JobSender sender = new JobSender(KafkaDoor.open(settings.kafka()), topics)) {
      sender.cancel(job, "cancelled by ./relevo cancel");
    }
    terminal.err().println("Asked for job " + job + " to be cancelled.");
    return ExitCode.DONE;
  }
}
