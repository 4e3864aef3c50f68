package dev.relevo.dispatcher.core;

import dev.relevo.common.protocol.Lane;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.function.Predicate;

/**
 * The jobs that wait for a node: lane, priority and age decide who is next. Jobs that ask for the
 * same models stand behind one another, so one that nobody can take does not hold up the others,
 * and a line that is stuck costs one look.
 */
final class WaitingLine {
  /** How many jobs behind a retry that waits for a particular node are looked at. */
  private static final int LOOK_AHEAD = 16;

  /** Jobs that ended while they stood in line are swept out when there are this many. */
  private static final int MAX_STALE = 1_000;

  private static final Comparator<Waiting> ORDER =
      Comparator.<Waiting, Lane>comparing(waiting -> waiting.entry.lane)
          .thenComparingInt(waiting -> waiting.entry.headers().priority())
          .thenComparingLong(waiting -> waiting.ticket);

  private final Map<List<String>, PriorityQueue<Waiting>> lines = new HashMap<>();
  private final PriorityQueue<Waiting> later =
      new PriorityQueue<>(Comparator.comparingLong(waiting -> waiting.entry.readyAtMs));
  private long lastTicket;
  private int stale;

  /** A job in the line; void once its entry holds another ticket. */
  private record Waiting(JobEntry entry, Shard shard, long ticket) {
    boolean isCurrent() {
      return entry.ticket == ticket;
    }
  }

  /** Takes a job's turn, whatever its shard thinks; true when it was placed. */
  interface Placer {
    boolean place(Shard shard, JobEntry entry);
  }

  void add(Shard shard, JobEntry entry, Moment now) {
    entry.ticket = ++lastTicket;
    Waiting waiting = new Waiting(entry, shard, lastTicket);
    if (entry.readyAtMs > now.epochMs()) {
      later.add(waiting);
    } else {
      stand(waiting);
    }
  }

  /** It waits no longer; what still stands of it in the line is skipped. */
  void remove(JobEntry entry) {
    if (entry.ticket != 0) {
      entry.ticket = 0;
      stale++;
    }
    if (stale > MAX_STALE) {
      later.removeIf(waiting -> !waiting.isCurrent());
      lines.values().forEach(line -> line.removeIf(waiting -> !waiting.isCurrent()));
      stale = 0;
    }
  }

  /** Lets everybody try who can, in order. */
  void advance(Moment now, Predicate<JobEntry> allowed, Placer placer) {
    while (!later.isEmpty() && later.element().entry.readyAtMs <= now.epochMs()) {
      stand(later.remove());
    }
    if (lines.size() == 1) {
      lines.values().forEach(line -> advance(line, allowed, placer));
    } else {
      List<PriorityQueue<Waiting>> heads = new ArrayList<>(lines.values());
      heads.removeIf(PriorityQueue::isEmpty);
      heads.sort(Comparator.comparing(PriorityQueue::element, ORDER));
      heads.forEach(line -> advance(line, allowed, placer));
    }
    lines.values().removeIf(PriorityQueue::isEmpty);
  }

  private static void advance(
      PriorityQueue<Waiting> line, Predicate<JobEntry> allowed, Placer placer) {
    List<Waiting> setAside = new ArrayList<>(0);
    while (!line.isEmpty() && setAside.size() < LOOK_AHEAD) {
      Waiting next = line.remove();
      if (!next.isCurrent()) {
        continue;
      }
      if (allowed.test(next.entry) && placer.place(next.shard, next.entry)) {
        next.entry.ticket = 0;
        continue;
      }
      setAside.add(next);
      if (next.entry.tried.isEmpty() && allowed.test(next.entry)) {
        break;
      }
    }
    line.addAll(setAside);
  }

  private void stand(Waiting waiting) {
    if (waiting.isCurrent()) {
      lines
          .computeIfAbsent(waiting.entry.models(), models -> new PriorityQueue<>(ORDER))
          .add(waiting);
    }
  }
}
