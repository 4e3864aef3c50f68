package dev.relevo.simulation;

/** What has to hold after every step; the last ones when all faults are over. */
enum Invariant {
  /** Each job has at most one end, and every reader, live or late, computes the same text. */
  ONE_ANSWER,
  /** The text is one model's answer, or a continuation that the rules allow. */
  WHOLE_TEXT,
  /** What the job's {@code relevo-failover} forbids does not happen to its text. */
  FAILOVER_OBEYED,
  /** What state says of an ended job is what its readers were told. */
  STATE_AGREES,
  /** Dead letters lie for exactly those jobs that failed for good, and for malformed records. */
  LETTERS_AGREE,
  /** The replay of a letter runs its job once; any other changes nothing. */
  REPLAYED_ONCE,
  /** Who has read a cancel gives the job to nobody; in calm times the job ends soon after it. */
  CANCELS_COUNT,
  /** No job is given out when its time is over; in calm times it ends soon. */
  DEADLINES,
  /** No job of a paused lane is given out. */
  PAUSES_HOLD,
  /** No bulk work is given to a node that could take a job of the other lane. */
  LANES_IN_ORDER,
  /** While somebody's job waits, a node gets few of another tenant's before it. */
  FAIR,
  /**
   * Among a tenant's jobs older ones go first, whatever their priority, when they are old enough.
   */
  NOTHING_STARVES,
  /** A node stops a call within a second after it has read the cancel, or its time is over. */
  CALLS_STOP,
  /** A node that stood still stops what others have taken over meanwhile. */
  STALE_WORK_STOPS,
  /** A retry goes to a node that was not tried yet, if one is alive. */
  UNTRIED_FIRST,
  /** Nobody runs more than its capacity. */
  CAPACITY,
  /** A job uses no more attempts than it may. */
  ATTEMPTS_BOUNDED,
  /** Window and tables stay within their bounds. */
  MEMORY_BOUNDED,
  /** When the faults are over, everything ends in bounded time. */
  ENDS,
  /** No part throws what it does not declare. */
  NO_CRASH
}
