package dev.relevo.dispatcher.core;

import dev.relevo.common.config.DispatcherSettings;
import dev.relevo.common.protocol.ControlRecord;
import dev.relevo.common.protocol.EventRecord;
import dev.relevo.common.protocol.Fence;
import dev.relevo.common.protocol.Lane;
import dev.relevo.common.protocol.NodeBeat;
import dev.relevo.common.protocol.ReplyRecord;
import dev.relevo.common.protocol.StateRecord;
import dev.relevo.common.protocol.TopicNames;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.IntPredicate;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * What a dispatcher decides (protocol section 4): the shards of the homes it owns, the fleet, the
 * line of jobs that wait.
 *
 * <p>One thread calls it. Every input comes with its moment; after it, {@link #takeEffects} gives
 * what is to be done, in order. Nothing here does I/O or reads a clock, so the same inputs always
 * give the same effects.
 */
public final class DispatcherCore {
  private final Surroundings around;
  private final Placement placement;
  private final Endings endings;
  private final Outcomes outcomes;
  private final Watch watch;
  private final Intake intake;
  private final Receipts receipts;
  private final Orders orders;
  private final Reaper reaper;
  private final Map<Integer, Shard> shards = new TreeMap<>();
  private final Map<Integer, Restore> restores = new TreeMap<>();

  /**
   * @param id the dispatcher's id, for people who read its records
   * @param settings the settings
   * @param topics which reply places are obeyed
   * @param strategies by name
   * @param random for the jitter of retries
   */
  public DispatcherCore(
      String id,
      DispatcherSettings settings,
      TopicNames topics,
      Strategies strategies,
      RandomGenerator random) {
    Fleet fleet = new Fleet(settings.missedHeartbeats());
    RetryPolicy retry =
        new RetryPolicy(settings.retry().initialBackoff(), settings.retry().maxBackoff(), random);
    this.around = new Surroundings(id, settings, topics, fleet, retry);
    this.placement = new Placement(around, strategies);
    this.endings = new Endings(around);
    this.outcomes = new Outcomes(around, endings);
    this.watch = new Watch(around, endings, outcomes);
    this.intake = new Intake(around, endings);
    this.receipts = new Receipts(around, endings);
    this.orders = new Orders(around, endings);
    this.reaper = new Reaper(around);
  }

  /**
   * Opens a home: this dispatcher wrote {@code opened}, whose offset is the epoch. State is
   * restored next, then events and the lanes are read from their committed offsets.
   *
   * @param laneEnds the lanes' end offsets, noted after {@code opened} was acknowledged; they count
   *     where the home had no owner before, else those of {@link #alone} do
   * @param committed the lanes' committed offsets
   * @param eventsCommitted the committed offset of events
   */
  public void open(
      int home,
      long epoch,
      Map<Lane, Long> laneEnds,
      Map<Lane, Long> committed,
      long eventsCommitted) {
    Shard shard = new Shard(home, epoch, around, laneEnds, committed, eventsCommitted);
    shards.put(home, shard);
    restores.put(home, new Restore(shard));
  }

  /**
   * A record of the home's state, in order.
   *
   * @param epoch the writer's; read from the header where the record is null
   * @param record null where the job was forgotten
   */
  public void restore(int home, long offset, long epoch, String key, @Nullable StateRecord record) {
    restoring(home).read(offset, epoch, key, record);
  }

  /** State was read to its end. */
  public void restored(int home, Moment now) {
    restoring(home).finish(around, now);
    restores.remove(home);
  }

  /**
   * The session time-out has passed since {@code opened} was acknowledged: an owner before us has
   * stopped deciding. Jobs at or behind these ends were given to no node by anybody else.
   *
   * @param laneEnds the lanes' end offsets, noted after that time
   */
  public void alone(int home, Map<Lane, Long> laneEnds) {
    shard(home).trustFrom(laneEnds);
  }

  /** Whether state records of ours are not acknowledged yet. */
  public boolean hasStateUnderWay(int home) {
    return shard(home).hasStateUnderWay();
  }

  /**
   * A record in a home's state that this dispatcher did not write.
   *
   * @return whether it says that somebody else has opened the home, which ends the shard here:
   *     {@link #close} it
   */
  public boolean foreignState(
      int home, long offset, long epoch, String key, @Nullable StateRecord record, Moment now) {
    Shard shard = shards.get(home);
    if (shard == null) {
      return false;
    }
    if (record instanceof StateRecord.Opened) {
      return offset > shard.epoch;
    }
    long written = record instanceof StateRecord.Job job ? job.epoch() : epoch;
    if (written < shard.epoch) {
      // Void, but compaction would keep it: what counts is written again behind it.
      StateRecord.Job current = shard.current(key, now);
      if (current != null || shard.ended.containsKey(key)) {
        rewrite(shard, key, current);
      }
    }
    return false;
  }

  private static void rewrite(Shard shard, String key, StateRecord.@Nullable Job current) {
    EndedJob ended = shard.ended.get(key);
    StateRecord.Job record =
        current != null ? current : ended == null ? null : ended.toState(shard.epoch);
    shard.emit(new Effect.WriteState(shard.home, shard.epoch, key, record, List.of()));
  }

  /** The home belongs to somebody else now: nothing of it is decided here any more. */
  public void close(int home) {
    Shard shard = shards.remove(home);
    restores.remove(home);
    if (shard == null) {
      return;
    }
    for (JobEntry entry : shard.live.values()) {
      around.line.remove(entry);
      shard.release(entry);
      if (entry.isAttached()) {
        around.window.leave(entry.record());
      }
    }
    around.parking.close(shard);
    around.outbox.removeIf(effect -> effect.home() == home);
  }

  /** The homes that are open. */
  public Set<Integer> homes() {
    return Set.copyOf(shards.keySet());
  }

  /** A record of a job lane. */
  public void job(int home, JobRecord record, Moment now) {
    Shard shard = shards.get(home);
    if (shard != null) {
      intake.job(shard, record, now);
    }
  }

  /** A record of events. */
  public void event(int home, long offset, String job, Fence fence, EventRecord event, Moment now) {
    Shard shard = shards.get(home);
    if (shard != null) {
      outcomes.event(shard, offset, job, fence, event, now);
    }
  }

  /** A record of events that nobody can read: it is passed. */
  public void unreadableEvent(int home, long offset) {
    Shard shard = shards.get(home);
    if (shard != null) {
      shard.events.read(offset);
      shard.events.settled(offset);
    }
  }

  /**
   * A beat of a node.
   *
   * @param ageNanos how long ago it was sent, as far as is known: 0 for one that is read live
   */
  public void beat(NodeBeat beat, long offset, long ageNanos, Moment now) {
    List<Fleet.Gone> gone =
        around.fleet.beat(beat, offset, now.nanos() - ageNanos, shards.keySet());
    gone.forEach(node -> lost(node, now));
  }

  /**
   * A record of control.
   *
   * @param appendedAtMs when Kafka took it, epoch milliseconds: a cancel from before a replay does
   *     not mean it
   */
  public void control(ControlRecord record, long appendedAtMs, Moment now) {
    orders.control(shards.values(), record, appendedAtMs, now);
  }

  /**
   * Time has passed: call it when {@link Ticks} says so.
   *
   * @param eventsCaughtUp whether a home's events are read to their end
   * @param ownBeatsLate whether this dispatcher's own beats come back late: then nobody is expired,
   *     for the broker or we are slow, not the nodes
   */
  public void tick(IntPredicate eventsCaughtUp, boolean ownBeatsLate, Moment now) {
    around.fleet.expire(now.nanos(), ownBeatsLate).forEach(node -> lost(node, now));
    for (Shard shard : shards.values()) {
      boolean caughtUp = eventsCaughtUp.test(shard.home);
      if (caughtUp && !shard.settledIn) {
        parkedStand(shard, now);
      }
      watch.tick(shard, caughtUp, ownBeatsLate, now);
    }
    watch.parked(now);
    around.parking.tick(now);
  }

  /**
   * How long until a node is given up, nanoseconds, if nothing is heard of it meanwhile; {@link
   * Long#MAX_VALUE} if there is none.
   */
  public long untilLossNanos(Moment now) {
    long next = around.fleet.nextLossNanos();
    return next == Long.MAX_VALUE ? next : next - now.nanos();
  }

  /** Gives jobs that wait to nodes that have room; call it after every batch of inputs. */
  public void place(Moment now) {
    placement.advance(now);
  }

  /** What is to be done since the last call, in order. */
  public List<Effect> takeEffects() {
    if (around.outbox.isEmpty()) {
      return List.of();
    }
    List<Effect> effects = new ArrayList<>(around.outbox);
    around.outbox.clear();
    return effects;
  }

  /** Kafka has what an effect wrote, at an offset. */
  public void acknowledged(Effect effect, long offset, Moment now) {
    Shard shard = shards.get(effect.home());
    if (shard != null) {
      receipts.acknowledged(shard, effect, offset, now);
    }
  }

  /** Kafka takes no record as large as an assignment: its job ends. */
  public void tooLarge(Effect.Assign effect, Moment now) {
    Shard shard = shards.get(effect.home());
    if (shard != null) {
      receipts.tooLarge(shard, effect, now);
    }
  }

  /** A reply place is not there, or vanished: nobody listens. */
  public void unheard(Effect effect, Moment now) {
    Shard shard = shards.get(effect.home());
    if (shard != null) {
      receipts.unheard(shard, effect, now);
    }
  }

  /**
   * A read-back came to its end.
   *
   * @param terminal what ended the stream by the reader's rule, or null if nothing did
   */
  public void readBack(Effect.ReadBack effect, @Nullable ReplyRecord terminal, Moment now) {
    Shard shard = shards.get(effect.home());
    JobEntry entry = shard == null ? null : shard.job(effect.job());
    if (shard != null && entry != null) {
      endings.readBack(shard, entry, terminal, now);
    }
  }

  /**
   * A record of a lane was read again.
   *
   * @param record null where it is not there any more
   */
  public void bodyRead(Effect.ReadBody effect, @Nullable JobRecord record, Moment now) {
    Shard shard = shards.get(effect.home());
    JobEntry entry = shard == null ? null : around.parking.bodies.answered(shard, effect);
    if (shard != null && entry != null) {
      intake.again(shard, entry, record, now);
    }
  }

  /**
   * Says which reply topics go, or are to be looked at (protocol section 7).
   *
   * @param topics all that there are; those that are no reply places are never named
   * @param lanesRead whether a home's lanes are read to their end
   */
  public Reaper.Plan reap(Collection<String> topics, IntPredicate lanesRead, Moment now) {
    return reaper.plan(topics, shards.values(), lanesRead, now);
  }

  /** Says which of the topics that were looked at go. */
  public List<String> reapSeen(Map<String, Reaper.Seen> seen, Moment now) {
    return reaper.seen(seen, shards.values(), now);
  }

  /** Whether the lanes must not be read now, for the window is full. */
  public boolean isWindowFull() {
    return around.window.isFull();
  }

  /** Whether a lane must not be read now; bulk work has to leave half of the window to others. */
  public boolean isWindowFull(Lane lane) {
    return around.window.isFull(lane);
  }

  /** What may be committed of a home's lane. */
  public long committable(int home, Lane lane) {
    return shard(home).progress(lane).committable();
  }

  /** What may be committed of a home's events. */
  public long eventsCommittable(int home) {
    return shard(home).events.committable();
  }

  /** The group accepted a commit of a lane: what ended before it may be forgotten in time. */
  public void committed(int home, Lane lane, long offset) {
    Shard shard = shards.get(home);
    if (shard != null) {
      shard.committed(lane, offset);
    }
  }

  /** How things stand, for metrics. */
  public CoreGauges gauges() {
    return Census.take(shards.values(), around);
  }

  /** Events are read to their end: what state knows as waiting outside does wait. */
  private void parkedStand(Shard shard, Moment now) {
    shard.settledIn = true;
    for (JobEntry entry : shard.live.values()) {
      String cancelled = around.cancels.reason(entry);
      if (cancelled != null && entry.passed && entry.cancelledAtNanos == null) {
        entry.cancelledAtNanos = now.nanos();
        entry.cancelReason = cancelled;
      }
    }
    for (JobEntry entry : new ArrayList<>(shard.parked.values())) {
      String cancelled = around.cancels.reason(entry);
      if (!entry.outside) {
        around.parking.stand(shard, entry, now);
      }
      if (cancelled != null && entry.ending == null && entry.isKnown()) {
        endings.cancel(shard, entry, cancelled, now);
      }
    }
  }

  private void lost(Fleet.Gone gone, Moment now) {
    for (Shard shard : shards.values()) {
      watch.nodeLost(shard, gone.node(), gone.incarnation(), gone.message(), now);
    }
  }

  private Shard shard(int home) {
    Shard shard = shards.get(home);
    if (shard == null) {
      throw new IllegalArgumentException("home " + home + " is not open here");
    }
    return shard;
  }

  private Restore restoring(int home) {
    Restore restore = restores.get(home);
    if (restore == null) {
      throw new IllegalStateException("home " + home + " is not being restored");
    }
    return restore;
  }
}
