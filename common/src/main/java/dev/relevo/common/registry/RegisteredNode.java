package dev.relevo.common.registry;

import dev.relevo.common.protocol.NodeBeat;

/**
 * A live node as its beats tell.
 *
 * @param beat its last beat
 * @param firstOffset where the first beat of its incarnation was read
 * @param lastOffset where its last beat was read
 * @param readNanos when its last beat was read, on the reader's monotonic clock
 * @param movedNanos when the position in its beats last changed, on the same clock; a position that
 *     stands still behind work assigned to it means a node that is alive but deaf
 */
public record RegisteredNode(
    NodeBeat beat, long firstOffset, long lastOffset, long readNanos, long movedNanos) {

  /** Its id. */
  public String id() {
    return beat.node();
  }

  /** Its process. */
  public String incarnation() {
    return beat.incarnation();
  }

  /** Whether it takes work. */
  public boolean isReady() {
    return beat.state() == NodeBeat.State.READY;
  }

  RegisteredNode next(NodeBeat next, long offset, long nowNanos) {
    boolean moved = next.position() != beat.position();
    return new RegisteredNode(next, firstOffset, offset, nowNanos, moved ? nowNanos : movedNanos);
  }
}
