package dev.relevo.dispatcher.core;

import dev.relevo.common.protocol.JobStatus;
import dev.relevo.common.protocol.Lane;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * The jobs that wait outside the window (protocol section 4, Waiting): in state with their headers,
 * without body, so that what nobody can take holds nothing up.
 *
 * <p>A job is parked when no live node serves any of its models, at once if the window is full,
 * else after a short grace; when it has waited for a minute and enough others stand before it; or
 * when its next attempt is further away than that. It keeps its ticket, and comes back in order
 * when a node serves it: so many at a time that its line never runs dry, as the window has room.
 * What comes back is read again by its offset ({@link Effect.ReadBody}); jobs that end without a
 * node are read for their dead letter only.
 *
 * <p>Bounds: {@code dispatcher.parked-max} jobs of about half a kilobyte; {@value #READS_AT_ONCE}
 * readings under way; one tick looks at {@value #LINES_A_TICK} kinds of jobs.
 */
final class Parking {
  /** Longer than any node takes to come back from a restart. */
  static final Duration LONGEST_WAIT = Duration.ofMinutes(1);

  /** A node that is restarted, or whose backend stumbles, comes back within it. */
  static final Duration GRACE = Duration.ofSeconds(5);

  /** So many jobs of a line that is served keep their bodies, and are read ahead. */
  static final int READ_AHEAD = 256;

  private static final int READS_AT_ONCE = 256;
  private static final int LINES_A_TICK = 1_000;
  private static final int MIN_STALE = 1_000;
  private static final long LOOK_NANOS = Duration.ofSeconds(1).toNanos();

  /**
   * What a body is taken to weigh that this dispatcher has not read yet: the most it can, bytes.
   */
  private static final int LARGEST_BODY_BYTES = 8 << 20;

  private final Surroundings around;
  private final Map<List<String>, Lot> lots = new LinkedHashMap<>();
  private final PriorityQueue<Due> due = new PriorityQueue<>(Comparator.comparingLong(Due::atMs));
  private final PriorityQueue<Turn> later =
      new PriorityQueue<>(Comparator.comparingLong(turn -> turn.entry().readyAtMs));
  private final Queue<Turn> wanted = new ArrayDeque<>();
  private final IdentityHashMap<Effect.ReadBody, Reading> readings = new IdentityHashMap<>();
  private int parked;
  private int stale;
  private long readingBytes;
  private long lookedNanos;
  private @Nullable Turn beyond;

  /** Those that ask for the same models. */
  private static final class Lot {
    final List<String> models;
    final Map<Lane, PriorityQueue<Turn>> lanes = new EnumMap<>(Lane.class);
    int reading;

    Lot(List<String> models) {
      this.models = models;
    }

    boolean isEmpty() {
      return reading == 0 && lanes.values().stream().allMatch(PriorityQueue::isEmpty);
    }
  }

  /** When a job's patience ends. */
  private record Due(long atMs, Turn turn) {}

  /** A body on its way; the lot is null where the job has begun to end. */
  private record Reading(JobEntry entry, int home, @Nullable Lot lot, int bytes) {}

  Parking(Surroundings around) {
    this.around = around;
  }

  /** Jobs that wait outside. */
  int parked() {
    return parked;
  }

  /** Parks what has to be parked, and reads what can be taken again; several times a second. */
  void tick(Moment now) {
    boolean full = around.window.isFull();
    boolean look = now.nanos() - lookedNanos >= LOOK_NANOS;
    if (full || look) {
      park(full, look, now);
    }
    if (look) {
      lookedNanos = now.nanos();
      parkLater(now);
    }
    wake(now);
    read();
  }

  private void park(boolean full, boolean look, Moment now) {
    List<WaitingLine.Kind> kinds = around.line.asked();
    for (WaitingLine.Kind kind : kinds) {
      int most = around.settings.parkedMax() - parked;
      List<Turn> out = List.of();
      if (!around.fleet.serves(kind.models())) {
        long grace = full ? 0 : GRACE.toNanos();
        out = around.line.withdraw(kind, 0, 0, most, now.nanos() - grace);
      } else if (look) {
        long since = now.nanos() - LONGEST_WAIT.toNanos();
        int keep = Math.min(READ_AHEAD, around.window.fairJobs(kinds.size()));
        long keepBytes = around.window.fairBytes(kinds.size());
        out = around.line.withdraw(kind, keep, keepBytes, most, since);
      }
      out.forEach(turn -> park(turn, now));
    }
  }

  /** A retry that is more than a minute away waits outside for it. */
  private void parkLater(Moment now) {
    long untilMs = now.epochMs() + LONGEST_WAIT.toMillis();
    int most = around.settings.parkedMax() - parked;
    around.line.withdrawLater(untilMs, most).forEach(turn -> park(turn, now));
  }

  private void wake(Moment now) {
    while (!later.isEmpty() && later.element().entry().readyAtMs <= now.epochMs()) {
      Turn turn = later.remove();
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
    stand(turn.shard(), entry, turn.ticket(), now);
  }

  /** A job waits here from now on, in its place. */
  void stand(Shard shard, JobEntry entry, long ticket, Moment now) {
    entry.detach(lots.computeIfAbsent(entry.models(), Lot::new).models);
    entry.ticket = ticket;
    if (!entry.outside) {
      entry.outside = true;
      parked++;
    }
    shard.live.remove(entry.id);
    shard.parked.put(entry.id, entry);
    Turn turn = new Turn(entry, shard, ticket);
    due.add(new Due(entry.dueMs(), turn));
    if (entry.readyAtMs > now.epochMs()) {
      later.add(turn);
    } else {
      queue(turn);
    }
  }

  private void queue(Turn turn) {
    lots.computeIfAbsent(turn.entry().models(), Lot::new)
        .lanes
        .computeIfAbsent(turn.entry().lane, any -> new PriorityQueue<>(Turn.ORDER))
        .add(turn);
  }

  /** It does not wait here any more, whatever becomes of it. */
  void leave(Shard shard, JobEntry entry) {
    entry.outside = false;
    entry.ticket = 0;
    parked--;
    shard.parked.remove(entry.id);
    shard.live.put(entry.id, entry);
    stale++;
    if (stale > MIN_STALE && stale > parked) {
      sweep();
    }
  }

  /** A job that is ending needs its record for the dead letter, or to learn whom to tell. */
  void want(Shard shard, JobEntry entry) {
    if (!entry.reading) {
      entry.reading = true;
      wanted.add(new Turn(entry, shard, 0));
    }
  }

  /** Whose patience has ended, or null; each is given once. */
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

  private static boolean waits(Turn turn) {
    return turn.entry().outside && turn.isCurrent();
  }

  private void read() {
    while (!wanted.isEmpty() && hasRoom(wanted.element().entry())) {
      Turn turn = wanted.remove();
      read(turn, null);
    }
    int looks = Math.min(lots.size(), LINES_A_TICK);
    for (int i = 0; i < looks; i++) {
      // Who was looked at goes to the end, so that everybody gets a look.
      Lot lot = lots.remove(lots.keySet().iterator().next());
      if (lot == null || lot.isEmpty()) {
        continue;
      }
      lots.put(lot.models, lot);
      if (lot.models.isEmpty() || around.fleet.serves(lot.models)) {
        readAhead(lot);
      }
    }
    if (!lots.isEmpty()) {
      // Somebody else begins next time, or the first would take all room there is.
      Lot first = lots.values().iterator().next();
      lots.remove(first.models);
      lots.put(first.models, first);
    }
  }

  private void readAhead(Lot lot) {
    for (Map.Entry<Lane, PriorityQueue<Turn>> lane : lot.lanes.entrySet()) {
      PriorityQueue<Turn> turns = lane.getValue();
      if (turns.isEmpty() || around.cancels.isPaused(lane.getKey())) {
        continue;
      }
      // Who came later does not count: they stand behind whoever comes back.
      int ahead = READ_AHEAD - around.line.before(turns.element());
      while (!turns.isEmpty() && lot.reading < ahead && hasRoom(turns.element().entry())) {
        Turn turn = turns.remove();
        if (waits(turn)) {
          read(turn, lot);
        }
      }
    }
  }

  /**
   * One at a time may be read beyond the window, or one that is full of what nobody takes would
   * never empty; the next when that one has left it again.
   */
  private boolean hasRoom(JobEntry next) {
    boolean fits =
        readings.size() < READS_AT_ONCE
            && around.window.hasRoomFor(weight(next), readings.size(), readingBytes);
    return fits || (readings.isEmpty() && (beyond == null || !holdsRoom(beyond)));
  }

  private static boolean holdsRoom(Turn turn) {
    JobEntry entry = turn.entry();
    return entry.isAttached() && turn.shard().job(entry.id) == entry;
  }

  private void read(Turn turn, @Nullable Lot lot) {
    JobEntry entry = turn.entry();
    if (turn.shard().job(entry.id) != entry || entry.isAttached()) {
      return;
    }
    if (!around.window.hasRoomFor(weight(entry), readings.size(), readingBytes)) {
      beyond = turn;
    }
    entry.reading = true;
    Effect.ReadBody effect =
        new Effect.ReadBody(turn.shard().home, entry.id, entry.lane, entry.offset);
    readings.put(effect, new Reading(entry, turn.shard().home, lot, weight(entry)));
    readingBytes += weight(entry);
    if (lot != null) {
      lot.reading++;
    }
    turn.shard().emit(effect);
  }

  private static int weight(JobEntry entry) {
    return entry.bodyBytes == 0 ? LARGEST_BODY_BYTES : entry.bodyBytes;
  }

  /** A reading came to its end: the job it was for, if that still lives and needs it; or null. */
  @Nullable JobEntry answered(Shard shard, Effect.ReadBody effect) {
    Reading reading = readings.remove(effect);
    if (reading == null) {
      return null;
    }
    forget(reading);
    JobEntry entry = reading.entry;
    return shard.job(entry.id) == entry && !entry.isAttached() ? entry : null;
  }

  private void forget(Reading reading) {
    reading.entry.reading = false;
    readingBytes -= reading.bytes;
    if (reading.lot != null) {
      reading.lot.reading--;
    }
  }

  /** Its body is back: it waits in the window again, in its old place. */
  void back(Shard shard, JobEntry entry, Moment now) {
    long ticket = entry.ticket == 0 ? around.line.nextTicket() : entry.ticket;
    if (entry.outside) {
      leave(shard, entry);
    }
    if (entry.status() == JobStatus.PARKED) {
      entry.apply(JobTrigger.UNPARKED);
    }
    around.line.add(shard, entry, ticket, now);
  }

  /** The home is given up: what waits here for it goes with it. */
  void close(Shard shard) {
    // Those that do not stand yet, for the home's events are being read, were never counted.
    parked -= (int) shard.parked.values().stream().filter(entry -> entry.outside).count();
    shard.parked.values().forEach(entry -> entry.ticket = 0);
    wanted.removeIf(turn -> turn.shard() == shard);
    if (beyond != null && beyond.shard() == shard) {
      beyond = null;
    }
    List<Effect.ReadBody> ours = new ArrayList<>(readings.keySet());
    ours.removeIf(effect -> effect.home() != shard.home);
    for (Effect.ReadBody effect : ours) {
      Reading reading = readings.remove(effect);
      if (reading != null) {
        forget(reading);
      }
    }
    sweep();
  }

  private void sweep() {
    due.removeIf(entry -> !waits(entry.turn()));
    later.removeIf(turn -> !waits(turn));
    for (Lot lot : lots.values()) {
      lot.lanes.values().forEach(lane -> lane.removeIf(turn -> !waits(turn)));
    }
    lots.values().removeIf(Lot::isEmpty);
    stale = 0;
  }
}
