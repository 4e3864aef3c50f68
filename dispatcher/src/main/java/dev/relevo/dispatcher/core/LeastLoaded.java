package dev.relevo.dispatcher.core;

import java.util.List;

/** The node with the largest part of its capacity free. */
final class LeastLoaded implements PlacementStrategy {
  @Override
  public String name() {
    return "least-loaded";
  }

  @Override
  public Candidate choose(List<Candidate> candidates, String affinity) {
    return candidates.stream().min(BY_LOAD).orElseThrow();
  }
}
