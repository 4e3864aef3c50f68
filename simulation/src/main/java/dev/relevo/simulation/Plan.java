package dev.relevo.simulation;

import java.util.List;
import java.util.Map;

/**
 * One run: who is there, what is submitted, what goes wrong.
 *
 * @param codec whether every record goes through the real codec
 * @param jobs by id
 * @param happenings in the order of their moments
 * @param healsAtMs when all faults are over, milliseconds from the start
 */
record Plan(
    long seed,
    boolean codec,
    Shape shape,
    Map<String, Job> jobs,
    List<Happening> happenings,
    long healsAtMs) {

  /** When the last thing happens, milliseconds from the start. */
  long endsAtMs() {
    return happenings.isEmpty() ? healsAtMs : Math.max(healsAtMs, happenings.getLast().atMs());
  }

  /** The same with less that happens. */
  Plan with(List<Happening> less) {
    return new Plan(seed, codec, shape, jobs, less, healsAtMs);
  }
}
