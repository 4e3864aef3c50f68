package dev.relevo.dispatcher.core;

import java.util.List;

/** One after the other, by id. */
final class RoundRobin implements PlacementStrategy {
  private String last = "";

  @Override
  public String name() {
    return "round-robin";
  }

  @Override
  public Candidate choose(List<Candidate> candidates, String affinity) {
    // The next id after the last one, not the next index: nodes come and go between two jobs.
    Candidate chosen = candidates.getFirst();
    for (Candidate candidate : candidates) {
      if (candidate.node().compareTo(last) > 0) {
        chosen = candidate;
        break;
      }
    }
    last = chosen.node();
    return chosen;
  }
}
