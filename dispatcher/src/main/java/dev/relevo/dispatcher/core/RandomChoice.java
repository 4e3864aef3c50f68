package dev.relevo.dispatcher.core;

import java.util.List;
import java.util.random.RandomGenerator;

/** Any, each as likely as the other. */
final class RandomChoice implements PlacementStrategy {
  private final RandomGenerator random;

  RandomChoice(RandomGenerator random) {
    this.random = random;
  }

  @Override
  public String name() {
    return "random";
  }

  @Override
  public Candidate choose(List<Candidate> candidates, String affinity) {
    return candidates.get(random.nextInt(candidates.size()));
  }
}
