package dev.relevo.simulation;

/**
 * A rule that is broken on purpose, to show that the simulation notices. All of them live in the
 * simulated shells; the cores are the real ones.
 */
enum Flaw {
  NONE(null),
  /** A late reader takes every record for the current attempt's. */
  READER_IGNORES_FENCES(Invariant.ONE_ANSWER),
  /** What a replay repeats is not held back. */
  REPLAY_NOT_HELD_BACK(Invariant.WHOLE_TEXT),
  /** A later attempt claims without reading back. */
  NO_READ_BACK_BY_NODE(Invariant.FAILOVER_OBEYED),
  /** Every job is taken for one that allows a restart. */
  FAILOVER_IGNORED(Invariant.FAILOVER_OBEYED),
  /** A dispatcher that ends a job takes its own word for the first. */
  NO_READ_BACK_BY_DISPATCHER(Invariant.STATE_AGREES),
  /** A node says {@code finished} before Kafka has the answer. */
  FINISHED_TOO_EARLY(Invariant.STATE_AGREES),
  /** Dead letters are taken for written. */
  LETTERS_LOST(Invariant.LETTERS_AGREE),
  /** What nobody can make a job of is passed over without a letter. */
  MALFORMED_PASSED_OVER(Invariant.LETTERS_AGREE),
  /** Whoever takes over does not know which jobs have ended. */
  ENDED_FORGOTTEN(Invariant.REPLAYED_ONCE),
  /** Dispatchers do not hear of cancels. */
  CANCELS_UNHEARD(Invariant.CANCELS_COUNT),
  /** A cancel means a replay whenever it was asked for. */
  APPEND_TIMES_IGNORED(Invariant.CANCELS_COUNT),
  /** A dispatcher looks at its clock too late. */
  DEADLINES_LATE(Invariant.DEADLINES),
  /** Dispatchers do not hear of pauses. */
  PAUSES_UNHEARD(Invariant.PAUSES_HOLD),
  /** Each lane is taken for the other. */
  LANES_SWAPPED(Invariant.LANES_IN_ORDER),
  /** Dispatchers do not read whose a job is. */
  TENANTS_UNREAD(Invariant.FAIR),
  /** A job's age counts for nothing. */
  AGE_UNCOUNTED(Invariant.NOTHING_STARVES),
  /** A node tells nobody who talks to a backend that it is enough. */
  CALLS_NOT_STOPPED(Invariant.CALLS_STOP),
  /** A node does not notice that it stood still. */
  STANDSTILL_UNNOTICED(Invariant.STALE_WORK_STOPS),
  /** Whoever takes over does not know which nodes were tried. */
  HISTORY_FORGOTTEN(Invariant.UNTRIED_FIRST),
  /** A node runs whatever it is given. */
  CAPACITY_IGNORED(Invariant.CAPACITY),
  /** Whoever takes over does not know how many attempts were used. */
  ATTEMPTS_FORGOTTEN(Invariant.ATTEMPTS_BOUNDED),
  /** The lanes are read although the window is full. */
  WINDOW_IGNORED(Invariant.MEMORY_BOUNDED),
  /** What was read is committed, whether it is settled or not. */
  COMMITTED_TOO_FAR(Invariant.ENDS),
  /** Parked jobs are taken for written. */
  PARKED_UNWRITTEN(Invariant.ENDS),
  /** Nobody is told that a record is not there any more. */
  DELETED_UNTOLD(Invariant.ENDS),
  /** A node that is cancelled says so before it has read back, as it did once. */
  ENDS_UNREAD(Invariant.NO_CRASH);

  private final @org.jspecify.annotations.Nullable Invariant breaks;

  Flaw(@org.jspecify.annotations.Nullable Invariant breaks) {
    this.breaks = breaks;
  }

  /** The invariant that has to notice; null for none. */
  @org.jspecify.annotations.Nullable
  Invariant breaks() {
    return breaks;
  }
}
