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
  /** A job that failed for good lies in the dead letters once, any other does not. */
  LETTERS_AGREE,
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
