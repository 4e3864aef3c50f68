package dev.relevo.simulation;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What is known of a job from outside: what was asked, and what any model ever said to it. */
final class Truth {
  final Job job;

  /** Whole answers, the beginnings that were continued included. */
  final List<String> answers = new ArrayList<>();

  /** Homes that have forgotten it since: what happens to it there later is another job's. */
  final Set<Integer> forgotten = new HashSet<>();

  /** When somebody cancelled it the last time, by the broker's clock; null for never. */
  @Nullable Long cancelledMs;

  private final Set<Integer> lost = new HashSet<>();
  private final Map<Integer, Integer> records = new TreeMap<>();

  Truth(Job job) {
    this.job = job;
  }

  void cancelled(long stampMs) {
    cancelledMs = cancelledMs == null ? stampMs : Math.max(cancelledMs, stampMs);
  }

  /** A record of it stands in a home's lane. */
  void stands(int home) {
    records.merge(home, 1, Integer::sum);
  }

  /** One was deleted before anybody had noted that there is such a job. */
  void lost(int home) {
    lost.add(home);
    records.computeIfPresent(home, (any, count) -> count == 1 ? null : count - 1);
  }

  /** Whether a home may know nothing of it although it had it once. */
  boolean isLost(int home) {
    return lost.contains(home);
  }

  /** Homes that have to know it. */
  Set<Integer> homes() {
    return records.keySet();
  }

  /** Whether text is the beginning of an answer. */
  boolean isBeginning(String text) {
    for (String answer : answers) {
      if (answer.startsWith(text)) {
        return true;
      }
    }
    return text.isEmpty();
  }
}
