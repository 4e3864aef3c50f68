package dev.relevo.simulation;

import dev.relevo.common.protocol.Lane;
import java.util.HashMap;
import java.util.Map;

/** Holds one dispatcher to fairness: what it gives to a node while others wait for that node. */
final class Turns {
  /** With equal weights tenants take turns; one more while a turn is under way. */
  private static final int MOST_BEFORE = 2;

  /** Clocks of brokers and dispatchers, and the time that reading takes. */
  private static final long TOLERANCE_MS = 50;

  private final String dispatcher;
  private final Map<Line, Map<String, Integer>> before = new HashMap<>();

  /** Somebody who waits for a node. */
  private record Line(String node, Lane lane, String tenant) {}

  Turns(String dispatcher) {
    this.dispatcher = dispatcher;
  }

  /** A tenant has nobody in a lane any more who waits. */
  void nobodyWaits(Lane lane, String tenant) {
    before.keySet().removeIf(line -> line.lane == lane && line.tenant.equals(tenant));
  }

  /**
   * A node gets a job.
   *
   * @param node its incarnation: turns of the one before are forgotten with it
   * @param waiting whose jobs wait that the node could have taken instead, by tenant
   */
  void gets(String node, Job given, Map<String, Job> waiting) {
    before.remove(new Line(node, given.lane(), given.tenant()));
    waiting.forEach((tenant, job) -> {
      Line line = new Line(node, given.lane(), tenant);
      int many =
          before
              .computeIfAbsent(line, any -> new HashMap<>())
              .merge(given.tenant(), 1, Integer::sum);
      if (many > MOST_BEFORE) {
        throw new Violation(
            Invariant.FAIR,
            dispatcher
                + " gives "
                + node
                + " a job of tenant "
                + given.tenant()
                + " for the "
                + many
                + ". time while job "
                + job.id()
                + " of tenant "
                + tenant
                + " waits");
      }
    });
  }

  /**
   * Of one tenant's jobs that ask for the same the older goes first, where a step of priority
   * counts like a time of age.
   */
  void inTurn(Job given, Asked its, Job waiting, Asked others) {
    if (rank(given, its) > rank(waiting, others) + TOLERANCE_MS) {
      throw new Violation(
          Invariant.NOTHING_STARVES,
          dispatcher
              + " gives job "
              + given.id()
              + " of priority "
              + given.priority()
              + " to a node while job "
              + waiting.id()
              + " of priority "
              + waiting.priority()
              + " waits, which came "
              + (its.stampMs() - others.stampMs())
              + " ms before it");
    }
  }

  private static long rank(Job job, Asked asked) {
    return asked.stampMs() + job.priority() * House.AGEING_MS;
  }
}
