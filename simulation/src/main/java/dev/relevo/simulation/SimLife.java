package dev.relevo.simulation;

import dev.relevo.common.protocol.NodeBeat.State;
import dev.relevo.node.core.NodeLife;
import dev.relevo.node.core.NodeTrigger;
import java.util.ArrayList;
import java.util.List;

/**
 * When a node begins, drains, hands over and leaves: the real life, and the patience of its loop.
 */
final class SimLife {
  private final long drainNanos;
  private final long handOverNanos;
  private final NodeLife life;
  private boolean handingOver;
  private long patienceEndsNanos;

  /** What the loop has to do now. */
  enum Act {
    /** Work is taken from now on: beat. */
    BEGIN,
    /** Nothing new is taken from now on: tell the table, and beat. */
    DRAIN,
    /** What still runs is stopped, for other nodes to take over. */
    HAND_OVER,
    /** The last beat is due; nothing comes after it. */
    LEAVE
  }

  /**
   * One that has a slot and has not begun.
   *
   * @param drainNanos how long running attempts may go on once it drains
   * @param handOverNanos how long they may take to report that another node has to take over
   */
  SimLife(String node, long drainNanos, long handOverNanos) {
    this.life = new NodeLife(node);
    this.drainNanos = drainNanos;
    this.handOverNanos = handOverNanos;
  }

  /** Where it is. */
  State state() {
    return life.state();
  }

  /**
   * Moves on; call it in every turn of the loop until it leaves.
   *
   * @param backendsChecked whether every backend was asked once
   * @param drainWanted whether the node shall leave
   * @param empty whether nothing runs and every outcome is acknowledged
   * @return what is to be done, in order
   */
  List<Act> advance(boolean backendsChecked, boolean drainWanted, boolean empty, long nowNanos) {
    List<Act> acts = new ArrayList<>(0);
    if (life.state() == State.STARTING && backendsChecked && !drainWanted) {
      life.apply(NodeTrigger.CHECKED);
      acts.add(Act.BEGIN);
    }
    if (life.state() != State.DRAINING && drainWanted) {
      life.apply(NodeTrigger.DRAIN_ASKED);
      patienceEndsNanos = nowNanos + drainNanos;
      acts.add(Act.DRAIN);
    }
    if (life.state() == State.DRAINING) {
      boolean impatient = nowNanos - patienceEndsNanos >= 0;
      if (empty || (impatient && handingOver)) {
        life.apply(NodeTrigger.DRAINED);
        acts.add(Act.LEAVE);
      } else if (impatient) {
        handingOver = true;
        patienceEndsNanos = nowNanos + handOverNanos;
        acts.add(Act.HAND_OVER);
      }
    }
    return acts;
  }

  /** How long until it loses patience, nanoseconds; {@code Long.MAX_VALUE} unless it drains. */
  long patienceNanos(long nowNanos) {
    return life.state() == State.DRAINING
        ? Math.max(0, patienceEndsNanos - nowNanos)
        : Long.MAX_VALUE;
  }
}
