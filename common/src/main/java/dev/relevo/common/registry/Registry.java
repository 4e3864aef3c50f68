package dev.relevo.common.registry;

import dev.relevo.common.protocol.NodeBeat;
import dev.relevo.common.registry.RegistryStep.Ignored;
import dev.relevo.common.registry.RegistryStep.Left;
import dev.relevo.common.registry.RegistryStep.Refused;
import dev.relevo.common.registry.RegistryStep.Registered;
import dev.relevo.common.registry.RegistryStep.Replaced;
import dev.relevo.common.registry.RegistryStep.Updated;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The nodes that are there: folds {@code relevo.heartbeats}, read from its beginning (protocol
 * section 3).
 *
 * <p>Of two incarnations under one id, the one whose first beat stands first keeps it while it
 * lives. A starting node listens for {@value #LISTEN_TENTHS} tenths of an interval before its first
 * beat, so when the keeper has been silent for that long as well, it is dead or frozen and the new
 * one takes its place without waiting until the keeper expires. A frozen keeper that wakes up is
 * then the one that is refused.
 *
 * <p>Times are nanoseconds of one monotonic clock, the reader's, such as {@code System.nanoTime()}.
 * Not thread-safe; does no I/O and reads no clock.
 */
public final class Registry {
  /** Beats that must be missing before a node is expired, unless configured. */
  public static final int DEFAULT_MISSED_BEATS = 3;

  /** How long a starting node listens, in tenths of its interval. */
  public static final int LISTEN_TENTHS = 15;

  private static final int TENTHS = 10;

  private final int missedBeats;
  private final Map<String, RegisteredNode> nodes = new TreeMap<>();
  private long lastOffset = -1;
  private @Nullable Long suspendedUntilNanos;

  /**
   * @param missedBeats beats that must be missing before a node is expired, 1 or more
   */
  public Registry(int missedBeats) {
    if (missedBeats < 1) {
      throw new IllegalArgumentException("missedBeats is " + missedBeats + ", expected 1 or more");
    }
    this.missedBeats = missedBeats;
  }

  /**
   * Takes the next beat.
   *
   * @param offset where it stands; beats at or before the last one taken are ignored
   * @param nowNanos when it was read
   */
  public RegistryStep apply(NodeBeat beat, long offset, long nowNanos) {
    if (offset <= lastOffset) {
      return new Ignored();
    }
    lastOffset = offset;
    RegisteredNode known = nodes.get(beat.node());
    boolean leaves = beat.state() == NodeBeat.State.LEFT;
    if (known == null) {
      return leaves ? new Ignored() : new Registered(register(beat, offset, nowNanos));
    }
    if (known.incarnation().equals(beat.incarnation())) {
      return leaves ? leave(known) : update(known, beat, offset, nowNanos);
    }
    if (leaves) {
      return new Ignored();
    }
    return silentTenths(known, nowNanos) >= LISTEN_TENTHS
        ? new Replaced(known, register(beat, offset, nowNanos))
        : new Refused(beat, known);
  }

  /**
   * Removes the nodes whose beats are missing. A node that beats again later is registered again.
   *
   * @param ownBeatsLate whether the caller's own beats do not come back in time: then the broker or
   *     the caller is slow and not the nodes. Nobody is expired, and the time until this call does
   *     not count against anybody afterwards either, for their beats are held up like ours
   * @return those that were removed, by id
   */
  public List<RegisteredNode> expire(long nowNanos, boolean ownBeatsLate) {
    if (ownBeatsLate) {
      suspendedUntilNanos = nowNanos;
      return List.of();
    }
    List<RegisteredNode> expired = new ArrayList<>();
    for (Iterator<RegisteredNode> each = nodes.values().iterator(); each.hasNext(); ) {
      RegisteredNode node = each.next();
      if (silentTenths(node, nowNanos) >= (long) TENTHS * missedBeats) {
        each.remove();
        expired.add(node);
      }
    }
    return expired;
  }

  /**
   * When the first node is expired if nobody beats any more.
   *
   * @return on the clock of {@code apply}; {@link Long#MAX_VALUE} where there are no nodes
   */
  public long nextExpiryNanos() {
    long next = Long.MAX_VALUE;
    for (RegisteredNode node : nodes.values()) {
      long silentSince =
          suspendedUntilNanos == null
              ? node.readNanos()
              : Math.max(node.readNanos(), suspendedUntilNanos);
      long patience = TimeUnit.MILLISECONDS.toNanos(node.beat().intervalMs()) * missedBeats;
      next = Math.min(next, silentSince + patience);
    }
    return next;
  }

  /** The node with this id, or null. */
  public @Nullable RegisteredNode get(String node) {
    return nodes.get(node);
  }

  /** The node with this id if it is this incarnation, or null. */
  public @Nullable RegisteredNode get(String node, String incarnation) {
    RegisteredNode known = nodes.get(node);
    return known != null && known.incarnation().equals(incarnation) ? known : null;
  }

  /** All nodes that are there, by id; a copy. */
  public List<RegisteredNode> list() {
    return List.copyOf(nodes.values());
  }

  /**
   * The slot a starting node takes: the least used; of several, one that its incarnation picks, so
   * that nodes starting at once spread out.
   *
   * @param slots how many there are, 1 or more
   */
  public static int chooseSlot(int slots, Collection<RegisteredNode> nodes, String incarnation) {
    int[] users = new int[slots];
    for (RegisteredNode node : nodes) {
      if (node.beat().slot() < slots) {
        users[node.beat().slot()]++;
      }
    }
    List<Integer> leastUsed = new ArrayList<>();
    int least = Integer.MAX_VALUE;
    for (int slot = 0; slot < slots; slot++) {
      if (users[slot] < least) {
        least = users[slot];
        leastUsed.clear();
      }
      if (users[slot] == least) {
        leastUsed.add(slot);
      }
    }
    return leastUsed.get(Math.floorMod(incarnation.hashCode(), leastUsed.size()));
  }

  private RegisteredNode register(NodeBeat beat, long offset, long nowNanos) {
    RegisteredNode node = new RegisteredNode(beat, offset, offset, nowNanos, nowNanos);
    nodes.put(beat.node(), node);
    return node;
  }

  private RegistryStep update(RegisteredNode known, NodeBeat beat, long offset, long nowNanos) {
    RegisteredNode node = known.next(beat, offset, nowNanos);
    nodes.put(beat.node(), node);
    return new Updated(known, node);
  }

  private RegistryStep leave(RegisteredNode known) {
    nodes.remove(known.id());
    return new Left(known);
  }

  /** How long a node has been silent, in tenths of its own interval. */
  private long silentTenths(RegisteredNode node, long nowNanos) {
    long silentNanos = nowNanos - node.readNanos();
    if (suspendedUntilNanos != null) {
      silentNanos = Math.min(silentNanos, nowNanos - suspendedUntilNanos);
    }
    long tenthNanos = TimeUnit.MILLISECONDS.toNanos(node.beat().intervalMs()) / TENTHS;
    return Math.max(0, silentNanos) / tenthNanos;
  }
}
