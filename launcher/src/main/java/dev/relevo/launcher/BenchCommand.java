package dev.relevo.launcher;

import dev.relevo.bench.Bench;
import dev.relevo.bench.BenchOptions;
import dev.relevo.common.config.KafkaSettings;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code relevo bench}. */
@Command(
    name = "bench",
    description = {
      "Measures Relevo against three raw Kafka hops, by turns in one run; takes three minutes.",
      "Starts a Kafka of its own unless one is named, and always its own dispatcher and nodes."
    },
    footer = {"", "Example:", "  ./relevo bench", "  ./relevo bench --rounds 3 --in-flight 64"})
final class BenchCommand implements Callable<Integer> {
  private final Terminal terminal;
  @Mixin private final SettingsOptions options = new SettingsOptions();

  @Option(names = "--rounds", paramLabel = "N", description = "Turns of each contender (5).")
  private int rounds = BenchOptions.STANDARD.rounds();

  @Option(
      names = "--requests",
      paramLabel = "N",
      description = "Requests of a turn, one at a time (200).")
  private int requests = BenchOptions.STANDARD.requests();

  @Option(names = "--jobs", paramLabel = "N", description = "Jobs of a throughput turn (20000).")
  private int jobs = BenchOptions.STANDARD.jobs();

  @Option(names = "--in-flight", paramLabel = "N", description = "Jobs under way at once (256).")
  private int inFlight = BenchOptions.STANDARD.inFlight();

  BenchCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws Exception {
    KafkaSettings kafka = options.load(terminal.environment()).kafka();
    String address = kafka.embedded() ? null : kafka.bootstrapServers();
    if (address != null) {
      KafkaDoor.open(kafka);
    }
    terminal.out().println(Bench.run(measured(address), terminal.err()::println));
    return ExitCode.DONE;
  }

  private BenchOptions measured(@Nullable String address) {
    try {
      return new BenchOptions(address, rounds, requests, jobs, inFlight);
    } catch (IllegalArgumentException e) {
      throw CommandProblem.wrongUse("--" + e.getMessage() + ".", e);
    }
  }
}
