package dev.relevo.launcher.storm;

import java.util.ArrayList;
import java.util.List;

/** How one process fared, over all its incarnations: what it was from when to when. Thread-safe. */
final class Life {
  /** What a process is, seen from outside. */
  enum State {
    STARTING,
    UP,
    FROZEN,
    DRAINING,
    DOWN
  }

  /**
   * It was this for so long.
   *
   * @param fromMs of the storm's time
   * @param toMs the same; where the next one begins
   */
  record Span(State state, long fromMs, long toMs) {}

  private record Change(State state, long atMs) {}

  private final String target;
  private final List<Change> changes = new ArrayList<>();

  Life(String target) {
    this.target = target;
  }

  String target() {
    return target;
  }

  synchronized void is(State state, long atMs) {
    changes.add(new Change(state, atMs));
  }

  /** All of it up to a time. */
  synchronized List<Span> spans(long untilMs) {
    List<Span> spans = new ArrayList<>();
    for (int i = 0; i < changes.size(); i++) {
      Change change = changes.get(i);
      long toMs = i + 1 < changes.size() ? changes.get(i + 1).atMs() : untilMs;
      spans.add(new Span(change.state(), change.atMs(), Math.max(change.atMs(), toMs)));
    }
    return spans;
  }
}
