package dev.relevo.node.core;

import dev.relevo.common.protocol.NodeBeat;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * What a starting node learns from the beats of others (protocol section 3): whether its id is
 * taken, which slot is used least, and how long it has to listen. Reads no clock and does no I/O.
 */
public final class Enrolment {
  private final String node;
  private final String incarnation;
  private final long aliveFrom;
  private final Map<String, NodeBeat> live = new HashMap<>();
  private long listenMs;

  /**
   * Nothing heard yet.
   *
   * @param node the id of the node that starts
   * @param incarnation its own
   * @param aliveFrom the offset from which on a beat proves that its node is alive: the end of
   *     heartbeats when the node started
   * @param intervalMs the node's own interval
   */
  public Enrolment(String node, String incarnation, long aliveFrom, long intervalMs) {
    this.node = node;
    this.incarnation = incarnation;
    this.aliveFrom = aliveFrom;
    this.listenMs = listenFor(intervalMs);
  }

  private static long listenFor(long intervalMs) {
    return intervalMs + intervalMs / 2;
  }

  /**
   * Hears a beat; one older than {@code aliveFrom} only tells its interval.
   *
   * @param offset where it stands in heartbeats
   */
  public void hear(long offset, NodeBeat beat) {
    if (beat.incarnation().equals(incarnation)) {
      return;
    }
    if (beat.node().equals(node) && beat.state() != NodeBeat.State.LEFT) {
      listenMs = Math.max(listenMs, listenFor(beat.intervalMs()));
    }
    if (offset >= aliveFrom) {
      live.put(beat.node(), beat);
    }
  }

  /** How long to listen, milliseconds: one and a half of the longer interval. */
  public long listenMs() {
    return listenMs;
  }

  /**
   * Holds the house to one live node per id.
   *
   * @throws DuplicateNodeException if another incarnation of this id was heard alive
   */
  public void requireUnique() {
    NodeBeat other = live.get(node);
    if (other != null && other.state() != NodeBeat.State.LEFT) {
      throw new DuplicateNodeException(node);
    }
  }

  /** The least used slot; among equals one that depends on the incarnation, to spread nodes. */
  public int leastUsedSlot(int slots) {
    int[] users = new int[slots];
    for (NodeBeat beat : live.values()) {
      if (beat.state() != NodeBeat.State.LEFT && beat.slot() < slots) {
        users[beat.slot()]++;
      }
    }
    int least = IntStream.of(users).min().orElse(0);
    int[] candidates = IntStream.range(0, slots).filter(slot -> users[slot] == least).toArray();
    return candidates[Math.floorMod(incarnation.hashCode(), candidates.length)];
  }
}
