package dev.relevo.simulation;

import java.util.ArrayList;
import java.util.List;
import java.util.PriorityQueue;

/**
 * Simulated time: tasks in the order of their moments, and among equals in the order in which they
 * were asked for. One task is one step.
 */
final class World {
  static final long MS = 1_000_000L;

  /** Where every clock of the house starts, milliseconds. */
  static final long EPOCH_MS = 1_767_225_600_000L;

  private static final int MAX_TRACE = 100_000;

  final long seed;
  final boolean codec;
  final Flaw flaw;
  private final PriorityQueue<Task> tasks = new PriorityQueue<>();
  private final List<String> trace = new ArrayList<>();
  private final boolean tracing;
  private long nanos;
  private long asked;
  private long steps;

  private record Task(long nanos, long number, Runnable work) implements Comparable<Task> {
    @Override
    public int compareTo(Task other) {
      int order = Long.compare(nanos, other.nanos);
      return order != 0 ? order : Long.compare(number, other.number);
    }
  }

  /**
   * @param codec whether every record goes through the real codec
   * @param tracing whether to keep a history for people
   */
  World(long seed, boolean codec, Flaw flaw, boolean tracing) {
    this.seed = seed;
    this.codec = codec;
    this.flaw = flaw;
    this.tracing = tracing;
  }

  long nanos() {
    return nanos;
  }

  /** The brokers' clock, milliseconds. */
  long epochMs() {
    return EPOCH_MS + nanos / MS;
  }

  long steps() {
    return steps;
  }

  void at(long moment, Runnable work) {
    tasks.add(new Task(Math.max(moment, nanos), asked++, work));
  }

  /** Does the next task; false when there is none. */
  boolean step() {
    Task next = tasks.poll();
    if (next == null) {
      return false;
    }
    nanos = next.nanos;
    steps++;
    next.work.run();
    return true;
  }

  boolean isTracing() {
    return tracing;
  }

  void trace(String line) {
    if (tracing && trace.size() < MAX_TRACE) {
      trace.add("%9.3f s  %s".formatted(nanos / 1e9, line));
    }
  }

  List<String> history() {
    return trace;
  }
}
