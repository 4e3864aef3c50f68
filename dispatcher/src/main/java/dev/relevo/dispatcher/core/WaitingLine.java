package dev.relevo.dispatcher.core;

import dev.relevo.common.protocol.Lane;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The jobs that wait for a node in the window. Jobs that ask for the same models in the same lane
 * stand in one {@link Line}, so one that nobody can take does not hold up the others, and a line
 * that is stuck costs one look.
 */
final class WaitingLine {
  /** Jobs that ended while they waited for their moment are swept out when there are this many. */
  private static final int MAX_STALE = 1_000;

  private final long ageingMs;
  private final Map<Lane, Map<List<String>, Line>> lanes = new EnumMap<>(Lane.class);
  private final PriorityQueue<Later> later = new PriorityQueue<>(Later.ORDER);
  private long lastTicket;
  private int stale;

  /**
   * Who waits for a moment, epoch milliseconds: the one that was named when it began to wait, or
   * those that wait would lose their order.
   */
  record Later(long atMs, Turn turn) {
    static final Comparator<Later> ORDER = Comparator.comparingLong(Later::atMs);

    static Later of(Turn turn) {
      return new Later(turn.entry().readyAtMs, turn);
    }
  }

  /**
   * @param ageing how much older a job has to be to go before one of the next better priority
   */
  WaitingLine(Duration ageing) {
    this.ageingMs = ageing.toMillis();
    for (Lane lane : Lane.values()) {
      lanes.put(lane, new LinkedHashMap<>());
    }
  }

  /** The place of a job from now on: behind those before it, or its own where it had one. */
  Turn turn(Shard shard, JobEntry entry) {
    if (entry.ticket == 0) {
      entry.ticket = ++lastTicket;
    }
    Turn turn = new Turn(entry, shard, entry.arrivedMs + entry.priority() * ageingMs, entry.ticket);
    entry.turn = turn;
    return turn;
  }

  void add(Shard shard, JobEntry entry, Moment now) {
    entry.waitingSinceNanos = now.nanos();
    Turn turn = turn(shard, entry);
    if (entry.readyAtMs > now.epochMs()) {
      later.add(Later.of(turn));
    } else {
      stand(turn);
    }
  }

  /** It waits here no longer. */
  void remove(JobEntry entry) {
    Turn turn = entry.turn;
    if (turn == null) {
      return;
    }
    entry.turn = null;
    Line line = line(entry.lane, entry.models());
    if (line != null && line.remove(turn)) {
      forgetIfEmpty(entry.lane, line);
      return;
    }
    stale++;
    if (stale > MAX_STALE) {
      later.removeIf(waiting -> !waiting.turn().isCurrent());
      stale = 0;
    }
  }

  /** Its turn has come: it was given to a node. */
  void served(Turn turn) {
    JobEntry entry = turn.entry();
    remove(entry);
    Line line = line(entry.lane, entry.models());
    if (line != null) {
      line.served(entry.tenant());
    }
  }

  /** Those whose moment has come stand in line. */
  void wake(Moment now) {
    while (!later.isEmpty() && later.element().atMs() <= now.epochMs()) {
      Turn turn = later.remove().turn();
      if (turn.isCurrent()) {
        stand(turn);
      }
    }
  }

  /** The lines of a lane, none of them empty. */
  Collection<Line> lines(Lane lane) {
    return lanes(lane).values();
  }

  /** Those that ask for these models, or null where nobody stands. */
  @Nullable Line line(Lane lane, List<String> models) {
    return lanes(lane).get(models);
  }

  /**
   * Takes out of a line who may go.
   *
   * @see Line#withdraw
   */
  List<Turn> withdraw(
      Lane lane, Line line, int keep, long keepBytes, int most, Predicate<Turn> mayGo) {
    List<Turn> out = line.withdraw(keep, keepBytes, most, mayGo);
    forgetIfEmpty(lane, line);
    return out;
  }

  /** Takes out who is not to be tried before a moment, epoch milliseconds; in no order. */
  List<Turn> withdrawLater(long untilMs, int most) {
    List<Turn> out = new ArrayList<>();
    later.removeIf(waiting -> {
      boolean goes = waiting.turn().isCurrent() && waiting.atMs() > untilMs && out.size() < most;
      return goes && out.add(waiting.turn());
    });
    return out;
  }

  private void stand(Turn turn) {
    JobEntry entry = turn.entry();
    lanes(entry.lane).computeIfAbsent(entry.models(), Line::new).add(turn);
  }

  private void forgetIfEmpty(Lane lane, Line line) {
    if (line.isEmpty()) {
      lanes(lane).remove(line.models());
    }
  }

  private Map<List<String>, Line> lanes(Lane lane) {
    Map<List<String>, Line> lines = lanes.get(lane);
    if (lines == null) {
      throw new IllegalStateException("no line for lane " + lane.text());
    }
    return lines;
  }
}
