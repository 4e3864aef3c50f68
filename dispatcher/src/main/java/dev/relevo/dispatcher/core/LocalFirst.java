package dev.relevo.dispatcher.core;

import java.util.Comparator;
import java.util.List;

/** The backend with the lowest priority number: what stands at home before what costs money. */
final class LocalFirst implements PlacementStrategy {
  private static final Comparator<Candidate> ORDER =
      Comparator.comparingInt(Candidate::priority).thenComparing(BY_LOAD);

  @Override
  public String name() {
    return "local-first";
  }

  @Override
  public Candidate choose(List<Candidate> candidates, String affinity) {
    return candidates.stream().min(ORDER).orElseThrow();
  }
}
