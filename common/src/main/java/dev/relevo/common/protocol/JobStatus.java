package dev.relevo.common.protocol;

/** Where a job is in its life (protocol section 4). */
public enum JobStatus {
  /** Known, waiting for a node. */
  QUEUED,
  /** Waiting outside the window: only its headers are kept, its body is read again. */
  PARKED,
  /** Given to a node that has not answered yet. */
  ASSIGNED,
  /** A node has taken it. */
  RUNNING,
  /** Answered. */
  SUCCEEDED,
  /** Failed for good; it lies in the dead letters. */
  DEAD,
  /** Somebody stopped it. */
  CANCELLED,
  /** Its deadline passed. */
  EXPIRED;

  /** Whether nothing comes after it but a replay. */
  public boolean isTerminal() {
    return this == SUCCEEDED || this == DEAD || this == CANCELLED || this == EXPIRED;
  }
}
