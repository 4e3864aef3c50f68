package dev.relevo.dispatcher.core;

import org.jspecify.annotations.Nullable;

/**
 * A node that can take a job now, as a strategy sees it.
 *
 * @param node its id
 * @param incarnation of its process
 * @param slot the partition it reads
 * @param model what it would run: the job's model or one of its fallbacks
 * @param priority of its best backend for the model, lower is preferred
 * @param weight of that backend, 1 or more
 * @param inFlight attempts it has now
 * @param capacity attempts it can have, above {@code inFlight}
 * @param ttftMs moving average of the time to first token of that backend, milliseconds; null while
 *     unknown
 */
public record Candidate(
    String node,
    String incarnation,
    int slot,
    String model,
    int priority,
    int weight,
    int inFlight,
    int capacity,
    @Nullable Double ttftMs) {

  /** How full it is, 0 to 1. */
  public double load() {
    return (double) inFlight / capacity;
  }
}
