package dev.relevo.launcher.storm;

import java.util.List;

/**
 * All that a storm will do, drawn from one seed.
 *
 * @param lengthMs from the first submit to the last fault's beginning, at most
 */
record StormPlan(
    long seed, long lengthMs, List<JobPlan> jobs, List<PoisonPlan> poison, List<Fault> faults) {
  static final int HOMES = 8;
  static final int INBOX_PARTITIONS = 4;
  static final String BROKER = "broker";
  static final List<String> NODES = List.of("attic", "barn", "cellar");
  static final List<String> DISPATCHERS = List.of("dispatcher 1", "dispatcher 2");

  /** What only this node serves, so that its jobs wait, and are parked, while it is away. */
  static final String LONELY_MODEL = "lonely-slow";

  static final String LONELY_NODE = "cellar";

  StormPlan {
    jobs = List.copyOf(jobs);
    poison = List.copyOf(poison);
    faults = List.copyOf(faults);
  }

  /** Those of one target, in their order. */
  List<Fault> faultsOf(String target) {
    return faults.stream().filter(fault -> fault.target().equals(target)).toList();
  }
}
