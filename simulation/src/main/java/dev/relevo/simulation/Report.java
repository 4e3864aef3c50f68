package dev.relevo.simulation;

import java.util.List;

/** What people are told of a run that broke an invariant. */
final class Report {
  private static final int MAX_LINES = 400;

  private Report() {}

  /** The seed, what did not hold, and the shortest history found. */
  static String of(long seed, Flaw flaw, Violation violation) {
    Plan shortest = Shrinker.shrink(Planner.plan(seed), flaw, violation.invariant());
    Simulation.Outcome outcome = Simulation.run(shortest, flaw, true);
    StringBuilder report = new StringBuilder();
    report.append("seed ").append(seed).append(" breaks ").append(violation.invariant());
    report.append(": ").append(violation.getMessage()).append('\n');
    report.append("The shortest plan found, of ").append(shortest.shape()).append(":\n");
    shortest.happenings().forEach(each -> report.append("  ").append(each).append('\n'));
    shortest.jobs().values().stream()
        .filter(job -> shortest.happenings().stream().anyMatch(h -> h.who().equals(job.id())))
        .forEach(job -> report.append("  ").append(job).append('\n'));
    report.append("Its history:\n");
    List<String> history = outcome.history();
    int from = Math.max(0, history.size() - MAX_LINES);
    if (from > 0) {
      report.append("  (").append(from).append(" lines before)\n");
    }
    history.subList(from, history.size()).forEach(line -> report.append(line).append('\n'));
    return report.toString();
  }
}
