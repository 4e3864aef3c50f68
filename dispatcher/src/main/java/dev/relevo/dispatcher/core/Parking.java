package dev.relevo.dispatcher.core;

import dev.relevo.common.protocol.JobStatus;
import dev.relevo.common.protocol.Lane;
import java.time.Duration;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.SequencedMap;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The jobs that wait outside the window (protocol section 4, Waiting): in state with their headers,
 * without body, so that what nobody can take holds nothing up.
 *
 * <p>A job is parked when no live node serves any of its models, at once if the window is crowded,
 * else after a short grace; when the window is crowded and its lane is paused, or enough others
 * stand before it, so that reading goes on and whoever comes behind a backlog is seen; when it has
 * waited for a minute and enough others stand before it; or when its next attempt is further away
 * than that. Of a line that is served those stay that come first when tenants take turns. It keeps
 * its place, and comes back in order when a node serves it: so many at a time that its line never
 * runs dry, each tenant its share of them, as the window has room. What comes back is read again by
 * its offset ({@link Effect.ReadBody}); jobs that end without a node are read for their dead letter
 * only.
 *
 * <p>Bounds: {@code dispatcher.parked-max} jobs of about half a kilobyte; {@value
 * Bodies#READS_AT_ONCE} readings under way; one tick looks at {@value #LINES_A_TICK} kinds of jobs,
 * and as many tenants of each.
 */
final class Parking {
  /** Longer than any node takes to come back from a restart. */
  static final Duration LONGEST_WAIT = Duration.ofMinutes(1);

  /** A node that is restarted, or whose backend stumbles, comes back within it. */
  static final Duration GRACE = Duration.ofSeconds(5);

  /** So long others wait for a body that was asked for. */
  static final Duration LONGEST_READING = Duration.ofSeconds(2);

  /** So many jobs of a line that is served keep their bodies, and are read ahead. */
  static final int READ_AHEAD = 256;

  /** However small the window's part for a line is; the window itself bounds them, too. */
  private static final int LEAST_AHEAD = 16;

  private static final int LINES_A_TICK = 1_000;
  private static final int MIN_STALE = 1_000;
  private static final long LOOK_NANOS = Duration.ofSeconds(1).toNanos();

  final Bodies bodies;

  private final Surroundings around;
  private final SequencedMap<List<String>, Lot> lots = new LinkedHashMap<>();
  private final PriorityQueue<Due> due = new PriorityQueue<>(Comparator.comparingLong(Due::atMs));
  private final PriorityQueue<WaitingLine.Later> later =
      new PriorityQueue<>(WaitingLine.Later.ORDER);
  private final Map<Lane, Integer> parkedOf = new EnumMap<>(Lane.class);
  private int parked;
  private int stale;
  private long lookedNanos;

  /**
   * What a tenant may have read ahead of one line.
   *
   * @param lineBytes what all of the line may
   */
  private record Share(int jobs, long bytes, long lineBytes) {}

  /** When a job's patience ends. */
  private record Due(long atMs, Turn turn) {}

  Parking(Surroundings around) {
    this.around = around;
    this.bodies = new Bodies(around.window);
  }

  /** Jobs that wait outside. */
  int parked() {
    return parked;
  }

  /** Those of them that came in by a lane. */
  int parked(Lane lane) {
    return parkedOf.getOrDefault(lane, 0);
  }

  /** Parks what has to be parked, and reads what can be taken again; several times a second. */
  void tick(Moment now) {
    boolean crowded = around.window.isCrowded();
    boolean look = now.nanos() - lookedNanos >= LOOK_NANOS;
    if (crowded || look) {
      for (Lane lane : Lane.values()) {
        for (Line line : List.copyOf(around.line.lines(lane))) {
          park(lane, line, crowded, look, now);
        }
      }
    }
    if (look) {
      lookedNanos = now.nanos();
      parkLater(now);
    }
    wake(now);
    read(now);
  }

  private void park(Lane lane, Line line, boolean crowded, boolean look, Moment now) {
    int most = around.settings.parkedMax() - parked;
    int fair = around.window.fairJobs(kinds());
    long fairBytes = around.window.fairBytes(kinds());
    List<Turn> out = List.of();
    if (!around.fleet.serves(line.models())) {
      long since = now.nanos() - (crowded ? 0 : GRACE.toNanos());
      out = around.line.withdraw(lane, line, 0, 0, most, turn -> waitsSince(turn, since));
    } else if (crowded && around.cancels.isPaused(lane)) {
      out = around.line.withdraw(lane, line, 0, 0, most, turn -> true);
    } else if (crowded) {
      // Who has been outside stays, or it would go to and fro.
      out = around.line.withdraw(lane, line, fair, fairBytes, most, turn -> !turn.entry().passed);
    } else if (look) {
      long since = now.nanos() - LONGEST_WAIT.toNanos();
      int keep = Math.min(READ_AHEAD, fair);
      out =
          around.line.withdraw(lane, line, keep, fairBytes, most, turn -> waitsSince(turn, since));
    }
    out.forEach(turn -> park(turn, now));
  }

  private static boolean waitsSince(Turn turn, long nanos) {
    return turn.entry().waitingSinceNanos - nanos <= 0;
  }

  /** Kinds of jobs that share the window. */
  private int kinds() {
    int standing = 0;
    for (Lane lane : Lane.values()) {
      standing += around.line.lines(lane).size();
    }
    return Math.max(1, Math.max(standing, lots.size()));
  }

  /** A retry that is more than a minute away waits outside for it. */
  private void parkLater(Moment now) {
    long untilMs = now.epochMs() + LONGEST_WAIT.toMillis();
    int most = around.settings.parkedMax() - parked;
    around.line.withdrawLater(untilMs, most).forEach(turn -> park(turn, now));
  }

  private void wake(Moment now) {
    while (!later.isEmpty() && later.element().atMs() <= now.epochMs()) {
      Turn turn = later.remove().turn();
      if (waits(turn)) {
        queue(turn);
      }
    }
  }

  private void park(Turn turn, Moment now) {
    JobEntry entry = turn.entry();
    entry.apply(JobTrigger.PARKED);
    entry.passed = true;
    turn.shard().record(entry, now);
    around.window.leave(entry.record());
    stand(turn.shard(), entry, now);
  }

  /** A job waits here from now on, in its place. */
  void stand(Shard shard, JobEntry entry, Moment now) {
    Lot lot = lots.computeIfAbsent(entry.models(), Lot::new);
    entry.detach(lot.models, lot.queue(entry.lane, entry.tenant()).tenant);
    if (!entry.outside) {
      count(entry, 1);
    }
    shard.live.remove(entry.id);
    shard.parked.put(entry.id, entry);
    Turn turn = around.line.turn(shard, entry);
    due.add(new Due(entry.dueMs(), turn));
    if (entry.readyAtMs > now.epochMs()) {
      later.add(WaitingLine.Later.of(turn));
    } else {
      queue(turn);
    }
  }

  private void queue(Turn turn) {
    JobEntry entry = turn.entry();
    Lot lot = lots.computeIfAbsent(entry.models(), Lot::new);
    lot.queue(entry.lane, entry.tenant()).turns.add(turn);
  }

  private void count(JobEntry entry, int change) {
    entry.outside = change > 0;
    parked += change;
    parkedOf.merge(entry.lane, change, Integer::sum);
  }

  /** It does not wait here any more, whatever becomes of it. */
  void leave(Shard shard, JobEntry entry) {
    count(entry, -1);
    entry.turn = null;
    shard.parked.remove(entry.id);
    shard.live.put(entry.id, entry);
    stale++;
    if (stale > MIN_STALE && stale > parked) {
      sweep();
    }
  }

  /** Whose patience has ended, or null; each is given once, unless it is asked to wait on. */
  @Nullable Turn nextDue(Moment now) {
    while (!due.isEmpty() && due.element().atMs() <= now.epochMs()) {
      Turn turn = due.remove().turn();
      if (waits(turn)) {
        return turn;
      }
      stale = Math.max(0, stale - 1);
    }
    return null;
  }

  /**
   * It did not end: its patience was restored without what a node said of it meanwhile. It is given
   * again when what counts now is over.
   */
  void waitOn(Turn turn) {
    if (waits(turn)) {
      due.add(new Due(turn.entry().dueMs(), turn));
    }
  }

  /**
   * The nodes that could take jobs of {@code relevo.jobs} that are on their way back, or about to
   * be; for jobs that find no room nobody waits, for they may wait for him.
   */
  Set<FleetNode> awaited(Moment now) {
    if (parked(Lane.JOBS) == 0 || around.cancels.isPaused(Lane.JOBS)) {
      return Set.of();
    }
    Set<FleetNode> nodes = new HashSet<>();
    int looks = 0;
    // Who was looked at last is last: what is on its way is there.
    for (Lot lot : lots.sequencedValues().reversed()) {
      if (++looks > LINES_A_TICK) {
        break;
      }
      List<FleetNode> servers = around.fleet.servers(lot.models);
      if (!servers.isEmpty() && lot.first(Lane.JOBS).anyMatch(queue -> comesBack(queue, now))) {
        nodes.addAll(servers);
      }
    }
    return nodes;
  }

  /** What does not come for long may not come at all: its partition cannot be read. */
  private boolean comesBack(Lot.Queue queue, Moment now) {
    if (queue.own.jobs() > 0) {
      return now.nanos() - queue.askedNanos <= LONGEST_READING.toNanos();
    }
    Turn head = queue.turns.peek();
    return head != null && waits(head) && bodies.hasRoom(head);
  }

  private static boolean waits(Turn turn) {
    return turn.entry().outside && turn.isCurrent();
  }

  private void read(Moment now) {
    bodies.readWanted();
    int looks = Math.min(lots.size(), LINES_A_TICK);
    for (int i = 0; i < looks; i++) {
      // Who was looked at goes to the end, so that everybody gets a look.
      Lot lot = lots.remove(lots.keySet().iterator().next());
      if (lot == null || lot.isEmpty()) {
        continue;
      }
      lots.put(lot.models, lot);
      if (lot.models.isEmpty() || around.fleet.serves(lot.models)) {
        readAhead(lot, now);
      }
    }
    if (!lots.isEmpty()) {
      // Somebody else begins next time, or the first would take all room there is.
      Lot first = lots.values().iterator().next();
      lots.remove(first.models);
      lots.put(first.models, first);
    }
  }

  private void readAhead(Lot lot, Moment now) {
    int kinds = kinds();
    int ahead = Math.clamp(around.window.fairJobs(kinds), LEAST_AHEAD, READ_AHEAD);
    long bytes = around.window.fairBytes(kinds);
    for (Lane lane : Lane.values()) {
      if (lot.has(lane) && !around.cancels.isPaused(lane)) {
        Line line = around.line.line(lane, lot.models);
        int looks = Math.min(lot.tenants(lane), LINES_A_TICK);
        int tenants = line == null ? lot.tenants(lane) : tenants(lot, line, lane);
        Share share = new Share(Math.max(1, ahead / tenants), bytes / tenants, bytes);
        for (int i = 0; i < looks && lot.has(lane); i++) {
          readAhead(lot.next(lane), line, share, now);
        }
      }
    }
  }

  /** How many share what is read ahead; where they are very many, some are counted twice. */
  private static int tenants(Lot lot, Line line, Lane lane) {
    boolean few = lot.tenants(lane) <= LINES_A_TICK;
    return line.tenants() + (few ? lot.tenantsBeside(line, lane) : lot.tenants(lane));
  }

  private void readAhead(Lot.Queue queue, @Nullable Line line, Share share, Moment now) {
    while (!queue.turns.isEmpty()) {
      Turn turn = queue.turns.element();
      if (waits(turn)) {
        if (!isWithin(share, queue, line, turn)) {
          return;
        }
        bodies.read(turn, queue);
        queue.askedNanos = now.nanos();
      }
      queue.turns.remove();
    }
  }

  /**
   * Who came later does not count: they stand behind whoever comes back. One of a line may be read
   * in any case, and one of each tenant as long as the window is not crowded by it.
   */
  private boolean isWithin(Share share, Lot.Queue queue, @Nullable Line line, Turn turn) {
    Line.Before before = line == null ? Line.Before.NOBODY : line.before(turn, share.jobs);
    int jobs = queue.own.jobs() + before.jobs();
    if (jobs >= share.jobs || !bodies.hasRoom(turn)) {
      return false;
    }
    long returned = queue.all.bytes() + (line == null ? 0 : line.returnedBytes());
    if (returned == 0 || (jobs == 0 && bodies.fitsBulkPart(turn.entry()))) {
      return true;
    }
    long size = turn.entry().bodyBytes;
    return returned + size <= share.lineBytes
        && (jobs == 0 || queue.own.bytes() + before.bytes() + size <= share.bytes);
  }

  /** Its body is back: it waits in the window again, in its old place. */
  void back(Shard shard, JobEntry entry, Moment now) {
    if (entry.outside) {
      leave(shard, entry);
    }
    if (entry.status() == JobStatus.PARKED) {
      entry.apply(JobTrigger.UNPARKED);
    }
    around.line.add(shard, entry, now);
  }

  /** The home is given up: what waits here for it goes with it. */
  void close(Shard shard) {
    // Those that do not stand yet, for the home's events are being read, were never counted.
    shard.parked.values().stream()
        .filter(entry -> entry.outside)
        .forEach(entry -> count(entry, -1));
    shard.parked.values().forEach(entry -> entry.turn = null);
    bodies.close(shard);
    sweep();
  }

  private void sweep() {
    due.removeIf(entry -> !waits(entry.turn()));
    later.removeIf(waiting -> !waits(waiting.turn()));
    lots.values().forEach(lot -> lot.removeIf(turn -> !waits(turn)));
    lots.values().removeIf(Lot::isEmpty);
    stale = 0;
  }
}
