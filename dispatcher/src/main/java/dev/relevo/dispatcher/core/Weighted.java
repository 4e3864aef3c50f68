package dev.relevo.dispatcher.core;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Shares out by the backends' weights, evenly spread: each node gains its weight of credit at every
 * choice, the richest is chosen and pays the sum. With weights 3 and 1 that gives a, a, b, a.
 */
final class Weighted implements PlacementStrategy {
  private static final int MAX_REMEMBERED = 10_000;

  private final Map<String, Long> credits = new HashMap<>();

  @Override
  public String name() {
    return "weighted";
  }

  @Override
  public Candidate choose(List<Candidate> candidates, String affinity) {
    if (credits.size() > MAX_REMEMBERED) {
      credits.clear();
    }
    long sum = 0;
    long most = Long.MIN_VALUE;
    Candidate chosen = candidates.getFirst();
    for (Candidate candidate : candidates) {
      long credit = credits.merge(candidate.node(), (long) candidate.weight(), Long::sum);
      sum += candidate.weight();
      if (credit > most) {
        most = credit;
        chosen = candidate;
      }
    }
    credits.put(chosen.node(), most - sum);
    return chosen;
  }
}
