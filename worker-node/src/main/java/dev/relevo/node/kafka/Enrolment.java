package dev.relevo.node.kafka;

import dev.relevo.common.protocol.BeatRecord;
import dev.relevo.common.protocol.MalformedRecordException;
import dev.relevo.common.protocol.MessageCodec;
import dev.relevo.common.protocol.NodeBeat;
import dev.relevo.node.core.DuplicateNodeException;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a starting node learns from the beats of others (protocol section 3): whether its id is
 * taken, which slot is used least, and how long it has to listen. Reads no clock and does no I/O.
 */
final class Enrolment {
  private static final Logger LOG = LoggerFactory.getLogger(Enrolment.class);

  private final Identity identity;
  private final long aliveFrom;
  private final Map<String, NodeBeat> live = new HashMap<>();
  private long listenMs;

  /**
   * Nothing heard yet.
   *
   * @param aliveFrom the offset from which on a beat proves that its node is alive: the end of
   *     heartbeats when the node started
   * @param intervalMs the node's own interval
   */
  Enrolment(Identity identity, long aliveFrom, long intervalMs) {
    this.identity = identity;
    this.aliveFrom = aliveFrom;
    this.listenMs = listenFor(intervalMs);
  }

  private static long listenFor(long intervalMs) {
    return intervalMs + intervalMs / 2;
  }

  /** Hears a record of heartbeats; older ones than {@code aliveFrom} only tell intervals. */
  void hear(ConsumerRecord<String, byte[]> record) {
    NodeBeat beat = read(record);
    if (beat == null || beat.incarnation().equals(identity.incarnation())) {
      return;
    }
    if (beat.node().equals(identity.node()) && beat.state() != NodeBeat.State.LEFT) {
      listenMs = Math.max(listenMs, listenFor(beat.intervalMs()));
    }
    if (record.offset() >= aliveFrom) {
      live.put(beat.node(), beat);
    }
  }

  private static @Nullable NodeBeat read(ConsumerRecord<String, byte[]> record) {
    try {
      return MessageCodec.decode(BeatRecord.class, record.value()) instanceof NodeBeat beat
          ? beat
          : null;
    } catch (MalformedRecordException e) {
      LOG.warn("The heartbeat at offset {} is unreadable: {}", record.offset(), e.getMessage());
      return null;
    }
  }

  /** How long to listen, milliseconds: one and a half of the longer interval. */
  long listenMs() {
    return listenMs;
  }

  /**
   * Holds the house to one live node per id.
   *
   * @throws DuplicateNodeException if another incarnation of this id was heard alive
   */
  void requireUnique() {
    NodeBeat other = live.get(identity.node());
    if (other != null && other.state() != NodeBeat.State.LEFT) {
      throw new DuplicateNodeException(identity.node());
    }
  }

  /** The least used slot; among equals one that depends on the incarnation, to spread nodes. */
  int leastUsedSlot(int slots) {
    int[] users = new int[slots];
    for (NodeBeat beat : live.values()) {
      if (beat.state() != NodeBeat.State.LEFT && beat.slot() < slots) {
        users[beat.slot()]++;
      }
    }
    int least = IntStream.of(users).min().orElse(0);
    int[] candidates = IntStream.range(0, slots).filter(slot -> users[slot] == least).toArray();
    return candidates[Math.floorMod(identity.incarnation().hashCode(), candidates.length)];
  }
}
