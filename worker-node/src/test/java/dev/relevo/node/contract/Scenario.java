package dev.relevo.node.contract;

/**
 * What the backend beside a worker does, whatever it is asked. Lists of models are given all the
 * same, with {@link WorkerContract#MODEL} in them, unless the scenario says otherwise.
 */
public enum Scenario {
  /** Says {@link WorkerContract#ANSWER} in several pieces, is done, and tells counts if it does. */
  ANSWERS,
  /** Says the same and stops because the answer is as long as it may be. */
  STOPS_AT_THE_LIMIT,
  /** Thinks {@link WorkerContract#THOUGHT}, then says {@link WorkerContract#ANSWER}. */
  THINKS,
  /**
   * Calls the function {@link WorkerContract#TOOL} with {@link WorkerContract#ARGUMENTS}, and
   * nothing else.
   */
  CALLS_A_TOOL,
  /** Goes on after {@link WorkerContract#PREFIX} with {@link WorkerContract#REST}. */
  CONTINUES,
  /** Says the beginning of {@link WorkerContract#ANSWER} and closes the connection. */
  BREAKS_OFF,
  /** Says piece after piece until nobody listens any more. */
  NEVER_ENDS,
  /** Takes the request and says nothing. */
  IS_SILENT,
  /** Refuses the key, also when it is asked for its models. */
  REFUSES_THE_KEY,
  /** Says that there were too many requests, and that the next may come in two seconds. */
  IS_LIMITED,
  /** Says that it is broken or overloaded, also when it is asked for its models. */
  IS_BROKEN
}
