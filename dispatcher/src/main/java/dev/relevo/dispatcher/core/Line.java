package dev.relevo.dispatcher.core;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Jobs that wait in one lane for the same models. Each tenant's stand in their own order; whose
 * tenant's turn it is, the node's {@link Shares} say, and of equals who was not served for longest.
 */
final class Line {
  /** Tenants that are looked at for one place, beginning with who was not served for longest. */
  private static final int LOOK_TENANTS = 256;

  /** How many jobs of a tenant are looked at behind retries that another node is to have. */
  private static final int LOOK_AHEAD = 256;

  private final List<String> models;
  private final SequencedMap<String, TreeSet<Turn>> tenants = new LinkedHashMap<>();
  private long returnedBytes;

  Line(List<String> models) {
    this.models = models;
  }

  /** Who is next, and when that turn starts on the node's clock. */
  record Offer(Turn turn, long start) {
    boolean isBefore(Offer other) {
      return start != other.start ? start < other.start : Turn.ORDER.compare(turn, other.turn) < 0;
    }
  }

  /** Who stands before somebody, and what their bodies weigh. */
  record Before(int jobs, long bytes) {
    static final Before NOBODY = new Before(0, 0);
  }

  /** What they ask for, in order. */
  List<String> models() {
    return models;
  }

  boolean isEmpty() {
    return tenants.isEmpty();
  }

  boolean has(String tenant) {
    return tenants.containsKey(tenant);
  }

  int tenants() {
    return tenants.size();
  }

  /** What the bodies weigh of those who were outside; nobody parks them again to make room. */
  long returnedBytes() {
    return returnedBytes;
  }

  private static int returnedBytes(Turn turn) {
    return turn.entry().passed ? turn.entry().bodyBytes : 0;
  }

  void add(Turn turn) {
    String tenant = turn.entry().tenant();
    if (tenants.computeIfAbsent(tenant, any -> new TreeSet<>(Turn.ORDER)).add(turn)) {
      returnedBytes += returnedBytes(turn);
    }
  }

  /** Takes one out; false if it does not stand here. */
  boolean remove(Turn turn) {
    String tenant = turn.entry().tenant();
    TreeSet<Turn> turns = tenants.get(tenant);
    if (turns == null || !turns.remove(turn)) {
      return false;
    }
    returnedBytes -= returnedBytes(turn);
    if (turns.isEmpty()) {
      tenants.remove(tenant);
    }
    return true;
  }

  /** A tenant had a turn: the others are looked at first. */
  void served(String tenant) {
    TreeSet<Turn> turns = tenants.get(tenant);
    if (turns != null && tenants.size() > 1) {
      tenants.putLast(tenant, turns);
    }
  }

  /** Who is next on a node, of those that it may have; or null. */
  @Nullable Offer next(Shares shares, Predicate<JobEntry> allowed) {
    Offer best = null;
    int looks = 0;
    for (Map.Entry<String, TreeSet<Turn>> tenant : tenants.entrySet()) {
      long start = shares.start(tenant.getKey());
      if (best == null || start < best.start()) {
        Turn turn = first(tenant.getValue(), allowed);
        best = turn == null ? best : new Offer(turn, start);
      }
      boolean earliest = best != null && best.start() == shares.clock();
      if (earliest || ++looks == LOOK_TENANTS) {
        break;
      }
    }
    return best;
  }

  private static @Nullable Turn first(Set<Turn> turns, Predicate<JobEntry> allowed) {
    int looks = 0;
    for (Turn turn : turns) {
      if (allowed.test(turn.entry())) {
        return turn;
      }
      if (++looks == LOOK_AHEAD) {
        break;
      }
    }
    return null;
  }

  /** Those of its tenant that stand before one that would join; counted up to a number. */
  Before before(Turn other, int most) {
    TreeSet<Turn> turns = tenants.get(other.entry().tenant());
    if (turns == null) {
      return Before.NOBODY;
    }
    int jobs = 0;
    long bytes = 0;
    for (Turn turn : turns) {
      if (jobs == most || Turn.ORDER.compare(turn, other) >= 0) {
        break;
      }
      jobs++;
      bytes += turn.entry().bodyBytes;
    }
    return new Before(jobs, bytes);
  }

  /**
   * Takes out those who may go.
   *
   * @param keep how many stay in any case: the first of each tenant, then the second of each…
   * @param keepBytes as long as they are no larger than this
   * @param most how many are taken out at most
   */
  List<Turn> withdraw(int keep, long keepBytes, int most, Predicate<Turn> mayGo) {
    if (most <= 0 || !hasAny(mayGo)) {
      return List.of();
    }
    List<Turn> fair = inTurns();
    List<Turn> out = new ArrayList<>();
    long bytes = 0;
    for (int i = 0; i < fair.size() && out.size() < most; i++) {
      Turn turn = fair.get(i);
      bytes += turn.entry().isAttached() ? turn.entry().record().size() : 0;
      if ((i >= keep || bytes > keepBytes) && mayGo.test(turn)) {
        out.add(turn);
      }
    }
    out.forEach(this::remove);
    return out;
  }

  private boolean hasAny(Predicate<Turn> mayGo) {
    return tenants.values().stream().anyMatch(turns -> turns.stream().anyMatch(mayGo));
  }

  /** Everybody, one of each tenant at a time. */
  private List<Turn> inTurns() {
    List<Turn> all = new ArrayList<>();
    List<Iterator<Turn>> rest = new ArrayList<>(tenants.size());
    tenants.values().forEach(turns -> rest.add(turns.iterator()));
    while (!rest.isEmpty()) {
      rest.removeIf(turns -> !turns.hasNext());
      rest.forEach(turns -> all.add(turns.next()));
    }
    return all;
  }
}
