package dev.relevo.launcher;

import dev.relevo.operator.DeadFilter;
import dev.relevo.operator.DeadReader;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.Callable;
import org.apache.kafka.clients.producer.ProducerRecord;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code relevo dead purge}. */
@Command(
    name = "purge",
    description = "Removes dead letters for good, with their requests. Asks first.",
    footer = {
      "",
      "Example:",
      "  ./relevo dead purge --error malformed_record",
      "  ./relevo dead purge --yes --tenant shop"
    })
final class DeadPurgeCommand implements Callable<Integer> {
  private final Terminal terminal;
  @Mixin private final SettingsOptions options = new SettingsOptions();
  @Mixin private final DeadFilterOptions choice = new DeadFilterOptions();

  @Option(
      names = {"-y", "--yes"},
      description = "Do not ask.")
  private boolean yes;

  @Option(names = "--dry-run", description = "Only say how many it would be.")
  private boolean dryRun;

  DeadPurgeCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    DeadFilter filter = choice.filter(InstantSource.system().instant());
    if (!yes && !dryRun && !terminal.interactive().getAsBoolean()) {
      throw CommandProblem.wrongUse(
          "Nobody is there to be asked: say --yes to remove dead letters for good, or --dry-run to"
              + " see how many it would be.");
    }
    DeadHouse house = DeadHouse.open(options.load(terminal.environment()));
    try (DeadReader reader = house.reader()) {
      DeadWork work = new DeadWork(terminal, house.clients(), reader, filter);
      long total = work.count(_ -> true);
      String letters = DeadHouse.letters(total) + choice.words();
      if (total == 0) {
        terminal.err().println("No dead letters" + choice.words() + ".");
        return choice.names().isEmpty() ? ExitCode.DONE : ExitCode.FAILED;
      }
      if (dryRun) {
        terminal.err().println(letters + " would be removed; nothing was changed.");
        return ExitCode.DONE;
      }
      if (!yes && !isConfirmed(letters)) {
        terminal.err().println("Nothing was removed.");
        return ExitCode.FAILED;
      }
      String dead = house.topics().dead();
      StopSignal.Kind stopped =
          work.run(
              total,
              Double.POSITIVE_INFINITY,
              "removing dead letters",
              _ -> true,
              (record, sender) ->
                  sender.send(new ProducerRecord<>(dead, record.partition(), record.key(), null)));
      if (stopped == null) {
        terminal.err().println("Removed " + letters + ".");
      }
      return DeadWork.exitCode(stopped);
    }
  }

  private boolean isConfirmed(String letters) {
    terminal.err().print("Remove " + letters + " for good, with their requests? [y/N] ");
    terminal.err().flush();
    try {
      // Not closed: standard input is not ours to close.
      String answer =
          new BufferedReader(new InputStreamReader(terminal.in(), StandardCharsets.UTF_8))
              .readLine();
      return answer != null && Set.of("y", "yes").contains(answer.strip().toLowerCase(Locale.ROOT));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
