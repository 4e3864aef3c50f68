package dev.relevo.simulation;

import java.io.PrintStream;
import java.util.Locale;

/**
 * Runs seeds from the command line: {@code SimulationMain COUNT [FIRST_SEED [FLAW]]}. Exits with 1
 * at the first seed that breaks an invariant, after it has printed the shortest history found.
 */
public final class SimulationMain {
  private SimulationMain() {}

  public static void main(String[] args) throws InterruptedException {
    PrintStream out = System.out;
    if (args.length == 0 || args.length > 3) {
      out.println("usage: SimulationMain COUNT [FIRST_SEED [FLAW]]");
      System.exit(2);
    }
    long count = Long.parseLong(args[0]);
    long first = args.length > 1 ? Long.parseLong(args[1]) : 1;
    Flaw flaw = args.length > 2 ? Flaw.valueOf(args[2]) : Flaw.NONE;
    int threads = Runtime.getRuntime().availableProcessors();
    long began = System.nanoTime();
    Runs.Result result =
        new Runs(first, first + count - 1, flaw)
            .run(threads, done -> out.printf(Locale.ROOT, "%d of %d seeds%n", done, count));
    out.printf(
        Locale.ROOT,
        "%d seeds, %d steps, %.1f s%n",
        result.seeds(),
        result.steps(),
        (System.nanoTime() - began) / 1e9);
    Runs.Failure failure = result.failure();
    if (failure != null) {
      out.println(Report.of(failure.seed(), flaw, failure.violation()));
      System.exit(1);
    }
  }
}
