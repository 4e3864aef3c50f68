package dev.relevo.simulation;

import java.util.ArrayList;
import java.util.List;

/**
 * Makes a failing run short: leaves out half of what happens, then less and less, as long as the
 * same invariant is broken without it.
 */
final class Shrinker {
  /** A run takes a few milliseconds. */
  private static final int MAX_RUNS = 3_000;

  private final Flaw flaw;
  private final Invariant broken;
  private int runs;

  private Shrinker(Flaw flaw, Invariant broken) {
    this.flaw = flaw;
    this.broken = broken;
  }

  /** The shortest plan found that still breaks the invariant. */
  static Plan shrink(Plan plan, Flaw flaw, Invariant broken) {
    return new Shrinker(flaw, broken).shrink(plan);
  }

  private Plan shrink(Plan plan) {
    Plan shortest = plan;
    int chunk = Math.max(1, plan.happenings().size() / 2);
    while (runs < MAX_RUNS) {
      Plan shorter = without(shortest, chunk);
      if (shorter == null && chunk == 1) {
        return shortest;
      }
      if (shorter == null) {
        chunk = Math.max(1, chunk / 2);
      } else {
        shortest = shorter;
        chunk = Math.max(1, Math.min(chunk, shortest.happenings().size() / 2));
      }
    }
    return shortest;
  }

  /** The plan without one chunk that it does not need; null if it needs every chunk. */
  private @org.jspecify.annotations.Nullable Plan without(Plan plan, int chunk) {
    List<Happening> all = plan.happenings();
    for (int from = all.size() - chunk; from > -chunk && runs < MAX_RUNS; from -= chunk) {
      List<Happening> rest = new ArrayList<>(all.subList(0, Math.max(0, from)));
      rest.addAll(all.subList(from + chunk, all.size()));
      Plan candidate = plan.with(List.copyOf(rest));
      runs++;
      Violation violation = Simulation.run(candidate, flaw, false).violation();
      if (violation != null && violation.invariant() == broken) {
        return candidate;
      }
    }
    return null;
  }
}
