package dev.relevo.simulation;

/**
 * Something that happens to the house from outside, at a moment: jobs, orders and faults.
 *
 * @param atMs milliseconds from the start
 * @param kind what
 * @param who a process, a job or a partition, as the kind wants it
 * @param amount milliseconds, writes or an index, as the kind wants it
 * @param forMs how long it lasts, or until a process is started again, milliseconds
 */
record Happening(long atMs, Kind kind, String who, long amount, long forMs)
    implements Comparable<Happening> {

  /** What can happen. */
  enum Kind {
    /** A job is submitted. */
    SUBMIT,
    /** A job is submitted again, as it was. */
    SUBMIT_AGAIN,
    /** A job is submitted again and wants its answer in another place. */
    SUBMIT_ELSEWHERE,
    /** A producer that hashes otherwise submits a job again, to another partition. */
    SUBMIT_FOREIGN,
    CANCEL,
    /** A lane is paused, or goes on. */
    PAUSE,
    RESUME,
    /** Somebody replays dead letters, in a {@link DeadTool.Manner}. */
    REPLAY,
    /** Something comes into a lane that is no job; {@code amount} says what. */
    MALFORMED,
    /** Something comes into a partition that nobody can read. */
    GARBAGE,
    /** Nobody listens any more: the reply topic is deleted. */
    DELETE_PLACE,
    START_NODE,
    KILL_NODE,
    /** It dies at its write number {@code amount} from then on. */
    KILL_NODE_AT_WRITE,
    FREEZE_NODE,
    DRAIN_NODE,
    START_DISPATCHER,
    KILL_DISPATCHER,
    KILL_DISPATCHER_AT_WRITE,
    FREEZE_DISPATCHER,
    STOP_DISPATCHER,
    /** Its clock is wrong by {@code amount} milliseconds. */
    JUMP_CLOCK,
    /** Whatever it sends takes long. */
    SLOW,
    /** The brokers take what it sends and do not say so. */
    LOSE_ACKS,
    BACKEND_AWAY,
    PARTITION_AWAY,
    /** All partitions are away. */
    BROKERS_AWAY,
    COMPACT,
    /** What is older than {@code amount} milliseconds is deleted from a partition. */
    RETAIN
  }

  @Override
  public int compareTo(Happening other) {
    return Long.compare(atMs, other.atMs);
  }

  @Override
  public String toString() {
    return "%7.3f s  %s %s%s%s"
        .formatted(
            atMs / 1e3,
            kind,
            who,
            amount == 0 ? "" : " " + amount,
            forMs == 0 ? "" : " for " + forMs + " ms");
  }
}
