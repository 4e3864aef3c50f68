package dev.relevo.launcher;

import dev.relevo.operator.DeadFilter;
import dev.relevo.operator.DeadReader;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicLong;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code relevo dead show}. */
@Command(
    name = "show",
    description = "Shows all of a dead letter: reason, headers, every attempt, and the request.",
    footer = {
      "",
      "Example:",
      "  ./relevo dead show 01993b5e-7a10-7c1e-8f4b-5d2f6a1b9c3d",
      "  ./relevo dead show --json 3.batch.91 | jq .letter.attempts"
    })
final class DeadShowCommand implements Callable<Integer> {
  private final Terminal terminal;
  @Mixin private final SettingsOptions options = new SettingsOptions();
  @Mixin private final DeadFilterOptions choice = new DeadFilterOptions();

  @Option(
      names = "--json",
      description = "Print each as a line of JSON, the request whole and as it is.")
  private boolean json;

  DeadShowCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    DeadFilter filter = choice.filter(InstantSource.system().instant());
    if (filter.equals(DeadFilter.ALL)) {
      throw CommandProblem.wrongUse(
          "Name a job, as ./relevo dead list prints it, or choose some with --since, --model,"
              + " --error or --tenant.");
    }
    Set<String> missing = new HashSet<>(filter.names());
    AtomicLong count = new AtomicLong();
    DeadHouse house = DeadHouse.open(options.load(terminal.environment()));
    try (DeadReader reader = house.reader();
        LineOutput out = new LineOutput(terminal.out())) {
      reader.scan(
          filter,
          record -> {
            if (count.getAndIncrement() > 0 && !json) {
              out.print("");
            }
            missing.remove(record.key());
            missing.remove(record.letter() == null ? "" : record.letter().job());
            if (json) {
              out.print(DeadDetails.json(record));
            } else {
              DeadDetails.lines(record).forEach(out::print);
            }
            return out.isListening();
          });
    }
    if (count.get() == 0) {
      throw CommandProblem.failed(
          "There is no dead letter%s; ./relevo dead list shows those there are."
              .formatted(choice.words()));
    }
    missing.forEach(
        name -> terminal.err().println("There is no dead letter of " + PlainText.line(name) + "."));
    return missing.isEmpty() ? ExitCode.DONE : ExitCode.FAILED;
  }
}
