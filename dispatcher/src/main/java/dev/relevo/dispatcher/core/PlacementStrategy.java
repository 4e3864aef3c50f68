package dev.relevo.dispatcher.core;

import java.util.Comparator;
import java.util.List;

/**
 * Chooses among the nodes that can take a job. More strategies can come by {@code
 * java.util.ServiceLoader}. Called from one thread; may keep state, such as whose turn it is.
 */
public interface PlacementStrategy {

  /** Less loaded first, then by id: how strategies break their ties. */
  Comparator<Candidate> BY_LOAD =
      Comparator.comparingDouble(Candidate::load).thenComparing(Candidate::node);

  /** The name in the configuration and in the header {@code relevo-strategy}. */
  String name();

  /**
   * Chooses.
   *
   * @param candidates at least one, ordered by node id
   * @param affinity what belongs together: the job's session, or its id when it has none
   * @return one of them
   */
  Candidate choose(List<Candidate> candidates, String affinity);
}
