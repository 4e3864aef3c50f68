package dev.relevo.node.core;

import dev.relevo.common.protocol.NodeBeat;
import dev.relevo.common.registry.Registry;
import dev.relevo.common.registry.RegistryStep;
import java.util.concurrent.TimeUnit;

/**
 * Whether a node that stood still, as a stopped process or a machine that slept, still has its name
 * (protocol section 3): another incarnation may have taken it meanwhile. It finds out as everybody
 * else does, by the order of the beats. Reads no clock and does no I/O.
 *
 * <p>Used by the loop, but for {@link #taken}, which Kafka's thread calls.
 */
public final class RollCall {
  private final String node;
  private final String incarnation;
  private final long patienceNanos;
  private Registry registry = new Registry(1);
  private long turnNanos;
  private long turnMs;
  private boolean began;
  private long from = Long.MAX_VALUE;
  private volatile int times;
  private volatile long newest = -1;
  private volatile long firstSince = Long.MAX_VALUE;

  /**
   * A node that has just come in.
   *
   * @param incarnation its own
   * @param intervalMs its own interval
   */
  public RollCall(String node, String incarnation, long intervalMs) {
    this.node = node;
    this.incarnation = incarnation;
    this.patienceNanos = TimeUnit.MILLISECONDS.toNanos(intervalMs) * Registry.LISTEN_TENTHS / 10;
  }

  /** How often it stood still. */
  public int times() {
    return times;
  }

  /**
   * Kafka has an own beat.
   *
   * @param offset where it stands
   * @param sentAfter what {@link #times} was when it was sent
   */
  public synchronized void taken(long offset, int sentAfter) {
    newest = Math.max(newest, offset);
    if (sentAfter == times) {
      firstSince = Math.min(firstSince, offset);
    }
  }

  /**
   * A turn of the loop begins; turns are an interval apart at most.
   *
   * @param nowNanos a clock that may stand still while the machine sleeps
   * @param nowMs the time of day, which may jump: then the roll is called for nothing
   * @return whether it stood still for so long that others may have taken its name or its attempts:
   *     all beats from {@link #from} on are to be heard
   */
  public boolean stoodStill(long nowNanos, long nowMs) {
    long pausedNanos =
        Math.max(nowNanos - turnNanos, TimeUnit.MILLISECONDS.toNanos(nowMs - turnMs));
    boolean still = began && pausedNanos >= patienceNanos;
    began = true;
    turnNanos = nowNanos;
    turnMs = nowMs;
    if (still) {
      callAgain();
    }
    return still;
  }

  private synchronized void callAgain() {
    registry = new Registry(1);
    from = Math.max(0, newest);
    firstSince = Long.MAX_VALUE;
    times++;
  }

  /** Where its last beat before it stood still stands. */
  public long from() {
    return from;
  }

  /**
   * Hears a beat.
   *
   * @param offset where it stands
   * @param appendedMs when Kafka took it
   * @return whether that is enough: an own beat that was sent afterwards stands
   * @throws DuplicateNodeException if another incarnation has the name
   */
  public boolean hear(NodeBeat beat, long offset, long appendedMs) {
    RegistryStep step = registry.apply(beat, offset, TimeUnit.MILLISECONDS.toNanos(appendedMs));
    if (!beat.node().equals(node) || !beat.incarnation().equals(incarnation)) {
      return false;
    }
    if (step instanceof RegistryStep.Refused) {
      throw new DuplicateNodeException(node);
    }
    return offset >= firstSince;
  }
}
