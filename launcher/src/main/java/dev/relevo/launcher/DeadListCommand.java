package dev.relevo.launcher;

import dev.relevo.operator.DeadFilter;
import dev.relevo.operator.DeadReader;
import java.time.InstantSource;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicLong;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code relevo dead list}. */
@Command(
    name = "list",
    description = "Lists dead letters, each with its job, time, model, error, attempts and reason.",
    footer = {
      "",
      "Example:",
      "  ./relevo dead list",
      "  ./relevo dead list --since 12h --model 'llama3*' --error backend_error",
      "  ./relevo dead list --json --tenant shop | jq -r .job"
    })
final class DeadListCommand implements Callable<Integer> {
  private final Terminal terminal;
  @Mixin private final SettingsOptions options = new SettingsOptions();
  @Mixin private final DeadFilterOptions choice = new DeadFilterOptions();

  @Option(names = "--json", description = "Print a line of JSON for each.")
  private boolean json;

  DeadListCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    DeadFilter filter = choice.filter(InstantSource.system().instant());
    AtomicLong count = new AtomicLong();
    DeadHouse house = DeadHouse.open(options.load(terminal.environment()));
    try (DeadReader reader = house.reader();
        LineOutput out = new LineOutput(terminal.out())) {
      DeadTable table = new DeadTable(out::print);
      boolean all =
          reader.scan(
              filter,
              record -> {
                count.incrementAndGet();
                if (json) {
                  out.print(DeadTable.json(record));
                } else {
                  table.add(record);
                }
                return out.isListening();
              });
      if (all) {
        table.end();
      }
    }
    if (!json) {
      String found = count.get() == 0 ? "No dead letters" : DeadHouse.letters(count.get());
      terminal.err().println(found + choice.words() + ".");
    }
    return ExitCode.DONE;
  }
}
