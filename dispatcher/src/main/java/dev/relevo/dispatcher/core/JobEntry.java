package dev.relevo.dispatcher.core;

import dev.relevo.common.protocol.AttemptReport;
import dev.relevo.common.protocol.FailureCodes;
import dev.relevo.common.protocol.Fence;
import dev.relevo.common.protocol.JobHeaders;
import dev.relevo.common.protocol.JobStatus;
import dev.relevo.common.protocol.Lane;
import dev.relevo.common.protocol.ReplyPlace;
import dev.relevo.common.protocol.StateRecord;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A job that has not ended: what state tells of it, and what only its owner knows.
 *
 * <p>Its record is there while it is in the window. It is known without one when it waits outside:
 * then only what is needed to choose a node, or to tell whoever asked, is kept, in half a kilobyte.
 */
final class JobEntry {
  private static final int MAX_HISTORY = 100;
  private static final long NO_LIMIT = Long.MAX_VALUE;

  final String id;
  final Lane lane;
  final long offset;
  private JobLife life = new JobLife(JobStatus.QUEUED);
  long deadlineMs;
  long takeByMs = NO_LIMIT;
  long readyAtMs;
  int attemptsUsed;
  boolean assigned;

  /** Whether a node said that it runs it: from then on its {@code relevo-max-wait} is kept. */
  boolean taken;

  @Nullable Long startedOffset;
  @Nullable Attempt attempt;
  @Nullable Ending ending;
  @Nullable Long cancelledAtNanos;
  String cancelReason = "";

  /** The highest fence that events accepted or settled: what finishes below it is void. */
  @Nullable Fence claimed;

  /** The newest fence, for state. */
  @Nullable Fence fence;

  /** Who was read first has a lower one; 0 until it waits for the first time. It keeps it. */
  long ticket;

  /** Its place among those that wait; null when it does not wait. */
  @Nullable Turn turn;

  /** When it came into its lane, or the nearest that is known, epoch milliseconds. */
  long arrivedMs;

  /** Since when it waits in the window, or for its record after a take-over. */
  long waitingSinceNanos;

  /** Whether it waits outside the window: its body is read again by its offset. */
  boolean outside;

  /**
   * Whether the lane's committed offset may have passed it: its headers stand in state, and nobody
   * meets its record again by reading the lane on.
   */
  boolean passed;

  /**
   * When its lane took its record, epoch milliseconds, if that runs a dead letter again: a cancel
   * from before does not mean it. Null for any other job.
   */
  @Nullable Long replayedAtMs;

  /** Whether its record is wanted, or on its way here, by its offset. */
  boolean reading;

  /** Whether its record was deleted before it could be read again. */
  boolean gone;

  /** What its body weighs, bytes, once that is known. */
  int bodyBytes;

  private Set<String> tried = Set.of();
  private List<AttemptReport> history = List.of();
  private List<Long> heldEvents = List.of();
  private @Nullable JobRecord record;
  private @Nullable JobHeaders headers;
  private @Nullable ReplyPlace replyPlace;
  private List<String> named = List.of();
  private List<String> models = List.of();
  private byte priority = JobHeaders.DEFAULT_PRIORITY;
  private String tenant = JobHeaders.DEFAULT_TENANT;
  private boolean known;

  JobEntry(String id, Lane lane, long offset) {
    this.id = id;
    this.lane = lane;
    this.offset = offset;
  }

  /**
   * A job with a dead letter that is run again.
   *
   * @param ended how it had ended: DEAD or EXPIRED
   */
  static JobEntry replayed(String id, JobStatus ended, Lane lane, long offset) {
    JobEntry entry = new JobEntry(id, lane, offset);
    entry.life = new JobLife(ended);
    entry.apply(JobTrigger.REPLAYED);
    return entry;
  }

  /**
   * As state tells it; its record is read again later.
   *
   * @param laneStart where its lane is read from now: before it only its offset finds a record
   */
  static JobEntry restore(String id, StateRecord.Job state, long laneStart, Moment now) {
    JobEntry entry = new JobEntry(id, state.lane(), state.offset());
    entry.waitingSinceNanos = now.nanos();
    entry.deadlineMs = state.deadlineMs();
    entry.arrivedMs = state.updatedAtMs();
    entry.takeByMs = state.takeByMs() == null ? NO_LIMIT : state.takeByMs();
    entry.replayedAtMs = state.replayedAtMs();
    entry.readyAtMs = state.readyAtMs();
    entry.attemptsUsed = state.attemptsUsed();
    entry.assigned = state.assigned();
    entry.taken = mayHaveBeenTaken(state);
    entry.startedOffset = state.startedOffset();
    entry.passed = state.offset() < laneStart || !state.headers().isEmpty();
    state.attempts().forEach(entry::report);
    if (state.fence() != null) {
      entry.fence = Fence.parse(state.fence());
      // Whether its accepted was read by the last owner is not known; to take it as claimed is
      // safe, for an attempt that
      // comes later reads the stream back.
      entry.claimed = entry.fence;
    }
    boolean held = state.status() == JobStatus.ASSIGNED || state.status() == JobStatus.RUNNING;
    if (held && entry.fence != null && state.node() != null && state.incarnation() != null) {
      String model = state.model() == null ? "" : state.model();
      entry.attempt = new Attempt(entry.fence, state.node(), state.incarnation(), model, true, now);
    }
    entry.life = new JobLife(held && entry.attempt == null ? JobStatus.QUEUED : state.status());
    entry.recall(state);
    return entry;
  }

  /**
   * State does not tell of every {@code accepted}; of what a rejected assignment leaves, it does.
   */
  private static boolean mayHaveBeenTaken(StateRecord.Job state) {
    boolean waits = state.status() == JobStatus.QUEUED || state.status() == JobStatus.PARKED;
    return state.assigned()
        && (!waits || !state.attempts().isEmpty() || state.startedOffset() != null);
  }

  private void recall(StateRecord.Job state) {
    JobHeaders asked = ParkedHeaders.read(state.headers());
    if (asked != null) {
      know(asked, ParkedHeaders.models(asked));
      if (attempt == null) {
        headers = null;
      }
    } else if (state.replyTopic() != null) {
      replyPlace = new ReplyPlace(state.replyTopic(), 0, 0);
    }
  }

  private void know(JobHeaders asked, List<String> candidates) {
    headers = asked;
    named = candidates;
    models = TooLong.left(named, history);
    replyPlace = asked.replyPlace();
    priority = (byte) asked.priority();
    tenant = asked.tenant();
    known = true;
  }

  JobStatus status() {
    return life.status();
  }

  /**
   * Something happened to it: its status changes by {@link JobLife#TABLE}.
   *
   * @throws IllegalStateException if that cannot happen where the job is
   */
  void apply(JobTrigger trigger) {
    life.apply(trigger, id);
  }

  /** Its record was read: now it can be placed. */
  void attach(JobRecord read, JobHeaders asked, List<String> candidates, long deadline) {
    record = read;
    know(asked, candidates);
    bodyBytes = read.size();
    arrivedMs = read.appendedAtMs();
    deadlineMs = deadline;
    if (asked.replay() != null) {
      replayedAtMs = read.appendedAtMs();
    }
    Long maxWaitMs = asked.maxWaitMs();
    if (maxWaitMs != null && maxWaitMs < NO_LIMIT - read.appendedAtMs()) {
      takeByMs = read.appendedAtMs() + maxWaitMs;
    }
  }

  /**
   * It is kept without its record from now on.
   *
   * @param sharedModels a list equal to {@link #models()} that other jobs hold, too
   * @param sharedTenant the same for its tenant
   */
  void detach(List<String> sharedModels, String sharedTenant) {
    record = null;
    headers = null;
    named = named.equals(sharedModels) ? sharedModels : named;
    models = sharedModels;
    tenant = sharedTenant;
  }

  boolean isAttached() {
    return record != null;
  }

  boolean isReplay() {
    return replayedAtMs != null;
  }

  /** Whether it is known what was asked for and by whom, be its record there or not. */
  boolean isKnown() {
    return known;
  }

  /** Whether nobody brings its record but who reads it by its offset. */
  boolean isOnlyByOffset() {
    return passed && record == null && !gone;
  }

  /** Whether the lane has to bring its record again. */
  boolean waitsForLane() {
    return !passed && record == null && !gone;
  }

  JobRecord record() {
    if (record == null) {
      throw new IllegalStateException("job " + id + " is used before its record was read");
    }
    return record;
  }

  /** What was asked for; outside the window no more than {@link ParkedHeaders#rest} keeps. */
  JobHeaders headers() {
    return headers == null ? ParkedHeaders.rest(this) : headers;
  }

  /** For state: its headers, once the committed offset may pass it. */
  Map<String, String> parkedHeaders() {
    return passed ? ParkedHeaders.write(headers(), named) : Map.of();
  }

  @Nullable ReplyPlace replyPlace() {
    return replyPlace;
  }

  int priority() {
    return priority;
  }

  String tenant() {
    return tenant;
  }

  /** The model that was asked for and its fallbacks, in order; empty while they are not known. */
  List<String> named() {
    return named;
  }

  /** Those of them that may still answer; empty while they are not known. */
  List<String> models() {
    return models;
  }

  /**
   * It does not wait, and is asked no more of models that it was found too long for.
   *
   * @return whether that leaves fewer of them
   */
  boolean passModels() {
    int before = models.size();
    models = TooLong.left(named, history);
    return models.size() < before;
  }

  /** The model that was asked for, or null while it is not known. */
  @Nullable String model() {
    return named.isEmpty() ? null : named.getFirst();
  }

  /** When its patience ends, if nobody takes it, epoch milliseconds. */
  long dueMs() {
    return taken ? deadlineMs : Math.min(deadlineMs, takeByMs);
  }

  /** What belongs together for sticky routing. */
  String affinity() {
    String session = headers().session();
    return session == null ? id : session;
  }

  /** Whether an attempt may be somewhere whose outcome is not known. */
  boolean mayRun() {
    return assigned;
  }

  void report(AttemptReport report) {
    if (history.isEmpty()) {
      history = new ArrayList<>(2);
    } else if (history.size() == MAX_HISTORY) {
      history.removeFirst();
    }
    history.add(report);
    tried(report.node());
  }

  /** A node that shall not get it again while others are alive. */
  void tried(String node) {
    if (tried.isEmpty()) {
      tried = new HashSet<>(2);
    }
    tried.add(node);
  }

  Set<String> tried() {
    return tried;
  }

  List<AttemptReport> history() {
    return history;
  }

  /**
   * Whether it may be what kills nodes: every attempt that it used up was lost with its node, and
   * one is left.
   *
   * @param mostAttempts how many it may use
   */
  boolean isSuspect(int mostAttempts) {
    return attemptsUsed > 0
        && attemptsUsed == mostAttempts - 1
        && history.stream().filter(report -> report.code().equals(FailureCodes.NODE_LOST)).count()
            >= attemptsUsed;
  }

  /** An event's offset is not committed before what it led to stands in state. */
  void hold(long eventOffset) {
    if (heldEvents.isEmpty()) {
      heldEvents = new ArrayList<>(1);
    }
    heldEvents.add(eventOffset);
  }

  /** The held events, which the state record that is written now settles. */
  List<Long> releaseHeld() {
    List<Long> held = heldEvents;
    heldEvents = List.of();
    return held;
  }

  boolean claims(Fence other) {
    return claimed == null || !claimed.isHigherThan(other);
  }

  void claim(Fence other) {
    if (claimed == null || other.isHigherThan(claimed)) {
      claimed = other;
    }
  }
}
