package dev.relevo.launcher;

import dev.relevo.common.config.Settings;
import dev.relevo.common.kafka.TopicAdmin;
import dev.relevo.common.kafka.TopicReport;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code relevo topics check}. */
@Command(
    name = "check",
    description = "Says what is missing or breaks a rule, and changes nothing; ends with 1 then.",
    footer = {"", "Example:", "  ./relevo topics check --bootstrap kafka-1:9092"})
final class TopicsCheckCommand implements Callable<Integer> {
  private final Terminal terminal;
  @Mixin private final SettingsOptions options = new SettingsOptions();

  TopicsCheckCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    Settings settings = options.load(terminal.environment());
    TopicReport report =
        new HouseTopics(KafkaDoor.open(settings.kafka()), settings.kafka().topics())
            .with(TopicAdmin::check);
    report.warnings().forEach(terminal.err()::println);
    report.missing().forEach(name -> terminal.out().println("missing " + name));
    report.problems().forEach(terminal.out()::println);
    if (report.missing().isEmpty() && report.problems().isEmpty()) {
      terminal.out().println("All topics are there and as they should be.");
      return ExitCode.DONE;
    }
    return ExitCode.FAILED;
  }
}
