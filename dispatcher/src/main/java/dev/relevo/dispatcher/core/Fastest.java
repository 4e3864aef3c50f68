package dev.relevo.dispatcher.core;

import java.util.Comparator;
import java.util.List;

/**
 * The shortest moving average of the time to first token, made longer by the node's load, so that
 * the fastest is not buried. A node that has not been measured comes first: that is how it gets
 * measured.
 */
final class Fastest implements PlacementStrategy {
  private static final Comparator<Candidate> ORDER =
      Comparator.comparingDouble(Fastest::expectedMs).thenComparing(BY_LOAD);

  @Override
  public String name() {
    return "fastest";
  }

  @Override
  public Candidate choose(List<Candidate> candidates, String affinity) {
    return candidates.stream().min(ORDER).orElseThrow();
  }

  private static double expectedMs(Candidate candidate) {
    Double ttftMs = candidate.ttftMs();
    return ttftMs == null ? 0 : ttftMs * (1 + candidate.load());
  }
}
