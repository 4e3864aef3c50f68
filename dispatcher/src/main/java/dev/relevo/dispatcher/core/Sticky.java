package dev.relevo.dispatcher.core;

import java.util.List;

/**
 * Keeps what belongs together on one node, whose prompt cache is then warm: every node is ranked by
 * a hash of the affinity and its id (rendezvous hashing, so a node that comes or goes moves only
 * its own share), and the first that is not loaded above {@value #BOUND} times the average is
 * taken.
 */
final class Sticky implements PlacementStrategy {
  static final double BOUND = 1.25;

  @Override
  public String name() {
    return "sticky";
  }

  @Override
  public Candidate choose(List<Candidate> candidates, String affinity) {
    double inFlight = candidates.stream().mapToInt(Candidate::inFlight).sum() + 1;
    double most = Math.ceil(BOUND * inFlight / candidates.size());
    Candidate best = null;
    Candidate bestWithRoom = null;
    for (Candidate candidate : candidates) {
      if (best == null || rank(affinity, candidate) > rank(affinity, best)) {
        best = candidate;
      }
      boolean hasRoom = candidate.inFlight() + 1 <= most;
      if (hasRoom
          && (bestWithRoom == null || rank(affinity, candidate) > rank(affinity, bestWithRoom))) {
        bestWithRoom = candidate;
      }
    }
    Candidate chosen = bestWithRoom == null ? best : bestWithRoom;
    return chosen == null ? candidates.getFirst() : chosen;
  }

  private static long rank(String affinity, Candidate candidate) {
    long hash = 0xcbf29ce484222325L;
    hash = mix(hash, affinity);
    hash = mix(hash, candidate.node());
    hash ^= hash >>> 33;
    hash *= 0xff51afd7ed558ccdL;
    return hash ^ (hash >>> 33);
  }

  private static long mix(long hash, String text) {
    long mixed = hash;
    for (int i = 0; i < text.length(); i++) {
      mixed = (mixed ^ text.charAt(i)) * 0x100000001b3L;
    }
    return (mixed ^ 0xff) * 0x100000001b3L;
  }
}
