package dev.relevo.dispatcher.core;

import dev.relevo.common.protocol.AttemptReport;
import dev.relevo.common.protocol.Fence;
import dev.relevo.common.protocol.JobHeaders;
import dev.relevo.common.protocol.JobStatus;
import dev.relevo.common.protocol.Lane;
import dev.relevo.common.protocol.ReplyPlace;
import dev.relevo.common.protocol.StateRecord;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A job that has not ended: what state tells of it, and what only its owner knows. */
final class JobEntry {
  private static final int MAX_HISTORY = 100;

  final String id;
  final Lane lane;
  final long offset;
  private JobLife life = new JobLife(JobStatus.QUEUED);

  long deadlineMs;
  long takeByMs = Long.MAX_VALUE;
  long readyAtMs;
  int attemptsUsed;
  boolean assigned;
  @Nullable Long startedOffset;
  @Nullable Attempt attempt;
  @Nullable Ending ending;
  @Nullable Long cancelledAtNanos;
  String cancelReason = "";

  /** The highest fence that events accepted or settled: what finishes below it is void. */
  @Nullable Fence claimed;

  /** The newest fence, for state. */
  @Nullable Fence fence;

  /** Where it stands in the line of those that wait; 0 when it does not wait. */
  long ticket;

  final Set<String> tried = new HashSet<>();
  private final List<AttemptReport> history = new ArrayList<>();
  private List<Long> heldEvents = new ArrayList<>(1);
  private @Nullable JobRecord record;
  private @Nullable JobHeaders headers;
  private List<String> models = List.of();

  JobEntry(String id, Lane lane, long offset) {
    this.id = id;
    this.lane = lane;
    this.offset = offset;
  }

  /** A dead job that is run again. */
  static JobEntry replayed(String id, Lane lane, long offset) {
    JobEntry entry = new JobEntry(id, lane, offset);
    entry.life = new JobLife(JobStatus.DEAD);
    entry.apply(JobTrigger.REPLAYED);
    return entry;
  }

  /** As state tells it; its record is read again later. */
  static JobEntry restore(String id, StateRecord.Job state, Moment now) {
    JobEntry entry = new JobEntry(id, state.lane(), state.offset());
    entry.deadlineMs = state.deadlineMs();
    entry.readyAtMs = state.readyAtMs();
    entry.attemptsUsed = state.attemptsUsed();
    entry.assigned = state.assigned();
    entry.startedOffset = state.startedOffset();
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
      entry.life = new JobLife(state.status());
    }
    return entry;
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
    headers = asked;
    models = candidates;
    deadlineMs = deadline;
    Long maxWaitMs = asked.maxWaitMs();
    if (maxWaitMs != null && maxWaitMs < Long.MAX_VALUE - read.appendedAtMs()) {
      takeByMs = read.appendedAtMs() + maxWaitMs;
    }
  }

  boolean isAttached() {
    return record != null;
  }

  JobRecord record() {
    if (record == null) {
      throw new IllegalStateException("job " + id + " is used before its record was read");
    }
    return record;
  }

  JobHeaders headers() {
    return headers == null ? JobHeaders.DEFAULTS : headers;
  }

  @Nullable ReplyPlace replyPlace() {
    return headers().replyPlace();
  }

  /** The model and its fallbacks, in order. */
  List<String> models() {
    return models;
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
    if (history.size() == MAX_HISTORY) {
      history.removeFirst();
    }
    history.add(report);
    tried.add(report.node());
  }

  List<AttemptReport> history() {
    return history;
  }

  /** An event's offset is not committed before what it led to stands in state. */
  void hold(long eventOffset) {
    heldEvents.add(eventOffset);
  }

  /** The held events, which the state record that is written now settles. */
  List<Long> releaseHeld() {
    List<Long> held = heldEvents;
    if (!held.isEmpty()) {
      heldEvents = new ArrayList<>(1);
    }
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
