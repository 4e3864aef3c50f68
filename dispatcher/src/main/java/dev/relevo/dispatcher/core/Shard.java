package dev.relevo.dispatcher.core;

import dev.relevo.common.protocol.AttemptReport;
import dev.relevo.common.protocol.Fence;
import dev.relevo.common.protocol.JobStatus;
import dev.relevo.common.protocol.Lane;
import dev.relevo.common.protocol.ReplyPlace;
import dev.relevo.common.protocol.StateRecord;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One home partition in the hands of this dispatcher: the jobs that live there, and the fences
 * given to them (protocol section 4). It holds the tables and the few steps that everything is made
 * of; {@link Intake}, {@link Outcomes}, {@link Endings} and {@link Watch} decide.
 */
final class Shard {
  final int home;
  final long epoch;
  final Map<String, JobEntry> live = new HashMap<>();

  /** Jobs that wait outside the window, oldest first; no other job is here or in both. */
  final Map<String, JobEntry> parked = new LinkedHashMap<>();

  /** Jobs that ended, oldest first. */
  final Map<String, EndedJob> ended = new LinkedHashMap<>();

  final Map<Lane, LaneProgress> lanes = new EnumMap<>(Lane.class);
  final LaneProgress events;

  /** Whether events were read to their end once since the home was opened. */
  boolean settledIn;

  /** So many refused records are remembered; of more, the oldest is forgotten. */
  static final int MAX_REFUSED = 1_000;

  /** Where it was told that a record of this key cannot be read: its readers have stopped there. */
  private final Map<String, String> refused = new LinkedHashMap<>();

  private final Surroundings around;
  private final Map<Lane, Long> committed = new EnumMap<>(Lane.class);
  private final Map<Lane, Long> firstsFrom = new EnumMap<>(Lane.class);
  private final Map<Lane, Long> laneStarts;
  private long lastAttempt;
  private int stateUnderWay;

  /**
   * @param laneEnds the lanes' end offsets, noted after {@code opened} was acknowledged
   * @param committed the lanes' committed offsets
   * @param eventsCommitted the committed offset of events
   */
  Shard(
      int home,
      long epoch,
      Surroundings around,
      Map<Lane, Long> laneEnds,
      Map<Lane, Long> committed,
      long eventsCommitted) {
    this.home = home;
    this.epoch = epoch;
    this.around = around;
    firstsFrom.putAll(laneEnds);
    this.laneStarts = Map.copyOf(committed);
    this.committed.putAll(committed);
    committed.forEach((lane, offset) -> lanes.put(lane, new LaneProgress(offset)));
    this.events = new LaneProgress(eventsCommitted);
  }

  /** A job that has not ended, wherever it waits, or null. */
  @Nullable JobEntry job(String id) {
    JobEntry entry = live.get(id);
    return entry == null ? parked.get(id) : entry;
  }

  /** It waits no longer, in the window or outside. */
  void leaveLine(JobEntry entry) {
    if (entry.outside) {
      around.parking.leave(this, entry);
    } else {
      around.line.remove(entry);
      if (parked.remove(entry.id) != null) {
        live.put(entry.id, entry);
      }
    }
  }

  /** Where a lane is read from since the home was opened. */
  long laneStart(Lane lane) {
    return laneStarts.getOrDefault(lane, 0L);
  }

  LaneProgress progress(Lane lane) {
    LaneProgress progress = lanes.get(lane);
    if (progress == null) {
      throw new IllegalStateException("home " + home + " was opened without lane " + lane.text());
    }
    return progress;
  }

  /** The group accepted a commit. */
  void committed(Lane lane, long offset) {
    committed.put(lane, offset);
  }

  /** Whether an heir would not read a record again. */
  boolean isCommitted(Lane lane, long offset) {
    return offset < committed.getOrDefault(lane, 0L);
  }

  /** A fence above all before. */
  Fence nextFence() {
    return new Fence(home, epoch, ++lastAttempt);
  }

  /** The home had an owner before, who may still decide for a while: no job is a first one yet. */
  void mistrust() {
    firstsFrom.clear();
  }

  /** Nobody else decides any more; records from these ends on were given to no node before. */
  void trustFrom(Map<Lane, Long> laneEnds) {
    firstsFrom.putAll(laneEnds);
  }

  /**
   * A reply place was told that a record of this key cannot be read. If a good one of the same key
   * and place follows, its readers have stopped: its attempt reads back and says what they have.
   */
  void refused(String key, String topic) {
    refused.remove(key);
    refused.put(key, topic);
    if (refused.size() > MAX_REFUSED) {
      refused.remove(refused.keySet().iterator().next());
    }
  }

  /** Whether no other attempt at the job can have written to its reply place. */
  boolean isFirst(JobEntry entry) {
    Long end = firstsFrom.get(entry.lane);
    ReplyPlace place = entry.replyPlace();
    boolean told = place != null && place.topic().equals(refused.get(entry.id));
    // Behind a replay's beginning a late word of the time before may stand: it reads back, too.
    return !told && !entry.isReplay() && !entry.assigned && end != null && entry.offset >= end;
  }

  /** Whether somebody before this epoch may have given the job to a node. */
  boolean mayRunElsewhere(JobEntry entry) {
    return !isFirst(entry);
  }

  void emit(Effect effect) {
    if (effect instanceof Effect.WriteState) {
      stateUnderWay++;
    }
    around.outbox.add(effect);
  }

  void stateAcknowledged() {
    stateUnderWay--;
  }

  /** Whether state records of ours are not acknowledged yet. */
  boolean hasStateUnderWay() {
    return stateUnderWay > 0;
  }

  /** What state should say of a job now: the record that somebody else's void one stands over. */
  StateRecord.@Nullable Job current(String job, Moment now) {
    JobEntry entry = job(job);
    return entry == null ? null : state(entry, entry.status(), now);
  }

  /** Writes where a job is. */
  void record(JobEntry entry, Moment now) {
    write(entry, state(entry, entry.status(), now));
  }

  private void write(JobEntry entry, StateRecord.Job state) {
    emit(new Effect.WriteState(home, epoch, entry.id, state, entry.releaseHeld()));
  }

  /** The job ends: from now on only its terminal record is known. */
  void recordEnd(JobEntry entry, JobStatus status, Moment now) {
    entry.apply(JobLife.ending(status));
    StateRecord.Job state = state(entry, status, now);
    leaveLine(entry);
    live.remove(entry.id);
    if (entry.isAttached()) {
      around.window.leave(entry.record());
    }
    ended.remove(entry.id);
    ended.put(entry.id, EndedJob.of(state));
    write(entry, state);
  }

  /** The job's attempt is in nobody's hands any more. */
  void release(JobEntry entry) {
    Attempt attempt = entry.attempt;
    if (attempt != null) {
      around.fleet.release(attempt.node, attempt.incarnation);
      entry.attempt = null;
    }
  }

  /** Back into the line. */
  void requeue(JobEntry entry, JobTrigger why, long readyAtMs, Moment now) {
    entry.apply(why);
    entry.readyAtMs = readyAtMs;
    if (entry.isAttached()) {
      around.line.add(this, entry, now);
    } else if (entry.isOnlyByOffset()) {
      around.parking.stand(this, entry, now);
    }
  }

  private StateRecord.Job state(JobEntry entry, JobStatus status, Moment now) {
    Attempt attempt = entry.attempt;
    Ending ending = entry.ending;
    ReplyPlace place = entry.replyPlace();
    boolean terminal = status.isTerminal();
    boolean failed = terminal && status != JobStatus.SUCCEEDED && ending != null;
    Fence fence = ending == null ? entry.fence : ending.fence;
    List<AttemptReport> history = status == JobStatus.SUCCEEDED ? List.of() : entry.history();
    return new StateRecord.Job(
        epoch,
        status,
        entry.lane,
        entry.offset,
        fence == null ? null : fence.toString(),
        terminal || attempt == null ? null : attempt.node,
        terminal || attempt == null ? null : attempt.incarnation,
        terminal || attempt == null ? null : attempt.model,
        terminal ? null : entry.startedOffset,
        entry.assigned,
        entry.attemptsUsed,
        history,
        place == null ? null : place.topic(),
        entry.deadlineMs,
        terminal || !entry.passed || entry.takeByMs == Long.MAX_VALUE ? null : entry.takeByMs,
        terminal ? null : entry.replayedAtMs,
        terminal ? 0 : entry.readyAtMs,
        now.epochMs(),
        failed ? code(ending) : null,
        failed ? message(ending) : null,
        terminal ? Map.of() : entry.parkedHeaders());
  }

  private static @Nullable String code(@Nullable Ending ending) {
    return ending == null ? null : ending.code;
  }

  private static @Nullable String message(@Nullable Ending ending) {
    return ending == null ? null : ending.message;
  }
}
