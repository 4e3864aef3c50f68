package dev.relevo.launcher.storm;

/**
 * Something that goes wrong.
 *
 * @param target a node, a dispatcher or the broker
 * @param atMs of the storm's time; later when the target is still busy with the one before
 * @param lastsMs until the target is started or wakes
 */
record Fault(String target, Kind kind, long atMs, long lastsMs) {

  /** How. */
  enum Kind {
    /** {@code kill -9}, and started again. */
    KILL("killed"),
    /** Stands still as a sleeping machine does, and wakes knowing nothing of it. */
    FREEZE("frozen"),
    /** Is asked to stop as a service manager does, and started again. */
    LEAVE("stopped"),
    /** Is drained through {@code relevo.control}, and started again. */
    DRAIN("drained"),
    /** Freezes, another of its name is started, and the frozen one wakes to find that out. */
    REPLACE("replaced");

    final String done;

    Kind(String done) {
      this.done = done;
    }
  }
}
