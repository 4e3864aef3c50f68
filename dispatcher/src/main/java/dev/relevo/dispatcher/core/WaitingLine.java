package dev.relevo.dispatcher.core;

import dev.relevo.common.protocol.Lane;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.function.Predicate;

/**
 * The jobs that wait for a node: lane, priority and age decide who is next. Jobs that ask for the
 * same models in the same lane stand behind one another, so one that nobody can take does not hold
 * up the others, and a line that is stuck costs one look.
 */
final class WaitingLine {
  /** How many jobs behind a retry that waits for a particular node are looked at. */
  private static final int LOOK_AHEAD = 16;

  /** Jobs that ended while they stood in line are swept out when there are this many. */
  private static final int MAX_STALE = 1_000;

  private final Map<Kind, PriorityQueue<Turn>> lines = new HashMap<>();
  private final PriorityQueue<Turn> later =
      new PriorityQueue<>(Comparator.comparingLong(waiting -> waiting.entry().readyAtMs));
  private long lastTicket;
  private int stale;

  /** Who stands behind one another: one that nobody can take holds only those up. */
  record Kind(List<String> models, Lane lane) {}

  /** Takes a job's turn, whatever its shard thinks; true when it was placed. */
  interface Placer {
    boolean place(Shard shard, JobEntry entry);
  }

  /** A ticket behind all before. */
  long nextTicket() {
    return ++lastTicket;
  }

  void add(Shard shard, JobEntry entry, Moment now) {
    add(shard, entry, nextTicket(), now);
  }

  /** Into its old place, for one that waited outside. */
  void add(Shard shard, JobEntry entry, long ticket, Moment now) {
    entry.ticket = ticket;
    entry.waitingSinceNanos = now.nanos();
    Turn waiting = new Turn(entry, shard, ticket);
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
    while (!later.isEmpty() && later.element().entry().readyAtMs <= now.epochMs()) {
      stand(later.remove());
    }
    if (lines.size() == 1) {
      lines.values().forEach(line -> advance(line, allowed, placer));
    } else {
      List<PriorityQueue<Turn>> heads = new ArrayList<>(lines.values());
      heads.removeIf(PriorityQueue::isEmpty);
      heads.sort(Comparator.comparing(PriorityQueue::element, Turn.ORDER));
      heads.forEach(line -> advance(line, allowed, placer));
    }
    lines.values().removeIf(PriorityQueue::isEmpty);
  }

  private static void advance(
      PriorityQueue<Turn> line, Predicate<JobEntry> allowed, Placer placer) {
    List<Turn> setAside = new ArrayList<>(0);
    while (!line.isEmpty() && setAside.size() < LOOK_AHEAD) {
      Turn next = line.remove();
      if (!next.isCurrent()) {
        continue;
      }
      if (allowed.test(next.entry()) && placer.place(next.shard(), next.entry())) {
        next.entry().ticket = 0;
        continue;
      }
      setAside.add(next);
      if (next.entry().tried().isEmpty() || !allowed.test(next.entry())) {
        break;
      }
    }
    line.addAll(setAside);
  }

  /** What is asked for by those that stand in line. */
  List<Kind> asked() {
    return List.copyOf(lines.keySet());
  }

  /** How many of its kind stand in line before somebody who would join it; a few may have ended. */
  int before(Turn other) {
    PriorityQueue<Turn> line = lines.get(kind(other.entry()));
    int before = 0;
    if (line != null) {
      for (Turn turn : line) {
        if (Turn.ORDER.compare(turn, other) < 0) {
          before++;
        }
      }
    }
    return before;
  }

  private static Kind kind(JobEntry entry) {
    return new Kind(entry.models(), entry.lane);
  }

  /**
   * Takes out of a line who has waited since a moment or longer, in order.
   *
   * @param keep how many at its head stay in any case
   * @param keepBytes as long as they are no larger than this
   * @param most how many are taken out at most
   */
  List<Turn> withdraw(Kind kind, int keep, long keepBytes, int most, long sinceNanos) {
    PriorityQueue<Turn> line = lines.get(kind);
    if (line == null
        || most <= 0
        || line.stream().noneMatch(turn -> turn.entry().waitingSinceNanos - sinceNanos <= 0)) {
      return List.of();
    }
    List<Turn> ordered = new ArrayList<>(line);
    ordered.removeIf(turn -> !turn.isCurrent());
    ordered.sort(Turn.ORDER);
    List<Turn> stay = new ArrayList<>();
    long bytes = 0;
    for (Turn turn : ordered) {
      bytes += turn.entry().isAttached() ? turn.entry().record().size() : 0;
      if (stay.size() == keep || bytes > keepBytes) {
        break;
      }
      stay.add(turn);
    }
    List<Turn> out = new ArrayList<>();
    for (Turn turn : ordered.subList(stay.size(), ordered.size())) {
      boolean waitedLong = turn.entry().waitingSinceNanos - sinceNanos <= 0;
      (waitedLong && out.size() < most ? out : stay).add(turn);
    }
    line.clear();
    line.addAll(stay);
    return out;
  }

  /** Takes out who is not to be tried before a moment, epoch milliseconds; in no order. */
  List<Turn> withdrawLater(long untilMs, int most) {
    List<Turn> out = new ArrayList<>();
    for (Turn turn : later) {
      if (turn.isCurrent() && turn.entry().readyAtMs > untilMs && out.size() < most) {
        out.add(turn);
      }
    }
    if (!out.isEmpty()) {
      later.removeAll(new HashSet<>(out));
    }
    return out;
  }

  private void stand(Turn waiting) {
    if (waiting.isCurrent()) {
      lines
          .computeIfAbsent(kind(waiting.entry()), any -> new PriorityQueue<>(Turn.ORDER))
          .add(waiting);
    }
  }
}
