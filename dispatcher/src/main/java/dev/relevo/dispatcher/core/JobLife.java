package dev.relevo.dispatcher.core;

import static dev.relevo.common.protocol.JobStatus.ASSIGNED;
import static dev.relevo.common.protocol.JobStatus.CANCELLED;
import static dev.relevo.common.protocol.JobStatus.DEAD;
import static dev.relevo.common.protocol.JobStatus.EXPIRED;
import static dev.relevo.common.protocol.JobStatus.PARKED;
import static dev.relevo.common.protocol.JobStatus.QUEUED;
import static dev.relevo.common.protocol.JobStatus.RUNNING;
import static dev.relevo.common.protocol.JobStatus.SUCCEEDED;

import dev.relevo.common.protocol.JobStatus;
import dev.relevo.common.protocol.Lifecycle;
import dev.relevo.common.protocol.Lifecycle.Transition;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A job's life (protocol section 4, Job states): every legal change of its status stands in {@link
 * #TABLE}, and docs/states.md is drawn from it. An instance is one job's place in it, with the last
 * things that happened to it.
 */
// Ordinals are packed into a long that is never stored: a million parked jobs have one each.
@SuppressWarnings("EnumOrdinal")
final class JobLife {
  /**
   * A word of a node counts by its fence, wherever its job is by then: so a job ends from anywhere.
   */
  private static final List<JobStatus> LIVE = List.of(QUEUED, PARKED, ASSIGNED, RUNNING);

  static final Lifecycle<JobStatus, JobTrigger> TABLE = new Lifecycle<>("job", table());

  private static final int HISTORY_BITS = 4;
  private static final int HISTORY_MASK = (1 << HISTORY_BITS) - 1;

  private JobStatus status;

  /** The last sixteen triggers, newest in the lowest bits; the job's whole memory of them. */
  private long history;

  /**
   * @param status where it is: QUEUED for a new job, or what state tells of one that is restored
   */
  JobLife(JobStatus status) {
    this.status = status;
  }

  private static List<Transition<JobStatus, JobTrigger>> table() {
    List<Transition<JobStatus, JobTrigger>> table = new ArrayList<>();
    table.add(row(null, JobTrigger.SUBMITTED, QUEUED));
    table.add(row(QUEUED, JobTrigger.ASSIGNED, ASSIGNED));
    for (JobStatus from : List.of(ASSIGNED, QUEUED, PARKED)) {
      table.add(row(from, JobTrigger.ACCEPTED, RUNNING));
    }
    for (JobStatus from : List.of(ASSIGNED, RUNNING)) {
      table.add(row(from, JobTrigger.REJECTED, QUEUED));
      table.add(row(from, JobTrigger.RETRIED, QUEUED));
      table.add(row(from, JobTrigger.LOST, QUEUED));
    }
    table.add(row(QUEUED, JobTrigger.PARKED, PARKED));
    table.add(row(PARKED, JobTrigger.UNPARKED, QUEUED));
    for (JobStatus from : LIVE) {
      table.add(row(from, JobTrigger.SUCCEEDED, SUCCEEDED));
      table.add(row(from, JobTrigger.FAILED, DEAD));
      table.add(row(from, JobTrigger.EXPIRED, EXPIRED));
      table.add(row(from, JobTrigger.CANCELLED, CANCELLED));
    }
    for (JobStatus from : List.of(DEAD, EXPIRED)) {
      table.add(row(from, JobTrigger.REPLAYED, QUEUED));
    }
    for (JobStatus status : List.of(SUCCEEDED, DEAD, EXPIRED, CANCELLED)) {
      table.add(row(status, JobTrigger.FORGOTTEN, null));
    }
    return table;
  }

  private static Transition<JobStatus, JobTrigger> row(
      @Nullable JobStatus from, JobTrigger trigger, @Nullable JobStatus to) {
    return new Transition<>(from, trigger, to);
  }

  JobStatus status() {
    return status;
  }

  /**
   * Something happened to the job.
   *
   * @throws IllegalStateException if it cannot happen where the job is
   */
  void apply(JobTrigger trigger, String job) {
    status = TABLE.next(status, trigger, job, this);
    history = history << HISTORY_BITS | (trigger.ordinal() + 1);
  }

  /** How a job comes to a terminal status. */
  static JobTrigger ending(JobStatus terminal) {
    return switch (terminal) {
      case SUCCEEDED -> JobTrigger.SUCCEEDED;
      case DEAD -> JobTrigger.FAILED;
      case EXPIRED -> JobTrigger.EXPIRED;
      case CANCELLED -> JobTrigger.CANCELLED;
      case QUEUED, PARKED, ASSIGNED, RUNNING ->
          throw new IllegalArgumentException("no job ends as " + terminal);
    };
  }

  /** What happened, oldest first. */
  @Override
  public String toString() {
    List<JobTrigger> triggers = new ArrayList<>();
    for (long rest = history; rest != 0; rest >>>= HISTORY_BITS) {
      triggers.addFirst(JobTrigger.values()[(int) (rest & HISTORY_MASK) - 1]);
    }
    return triggers.toString();
  }
}
