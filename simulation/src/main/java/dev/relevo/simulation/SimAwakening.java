package dev.relevo.simulation;

import dev.relevo.common.protocol.Fence;
import dev.relevo.common.protocol.NodeBeat;
import dev.relevo.common.protocol.ReplyPlace;
import dev.relevo.common.protocol.ReplyRecord;
import dev.relevo.node.core.DuplicateNodeException;
import dev.relevo.node.core.RollCall;
import dev.relevo.node.core.StopCause;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a node does when it notices that it stood still: the real roll call; hearing beats and
 * looking into the streams of what it runs mirror {@code Awakening} and {@code StreamLook}.
 */
final class SimAwakening {
  private static final int BATCH = 100;

  private final SimNode node;
  private final SimConsumer consumer;
  private final RollCall rollCall;
  private List<SimAttempt> doubtful = List.of();
  private long lookNanos;
  private long gapNanos;

  SimAwakening(SimNode node, SimConsumer consumer) {
    this.node = node;
    this.consumer = consumer;
    this.rollCall = new RollCall(node.name, node.incarnation, SimNode.INTERVAL_MS);
  }

  /** An own beat is on its way; what becomes of it is told to the answer. */
  SimProducer.Callback sent() {
    int times = rollCall.times();
    return (offset, missing) -> {
      if (offset >= 0) {
        rollCall.taken(offset, times);
      }
    };
  }

  /**
   * A turn of the loop begins.
   *
   * @return false when another incarnation has the name
   */
  boolean turn(Collection<SimAttempt> running) {
    long nanos = node.world.nanos();
    boolean still = rollCall.stoodStill(nanos, node.epochMs());
    if (still && node.world.flaw != Flaw.STANDSTILL_UNNOTICED) {
      node.tell("notices that it stood still");
      consumer.assign(House.HEARTBEATS, rollCall.from());
      doubtful = List.copyOf(running);
      lookNanos = nanos;
      gapNanos = SimNode.INTERVAL_MS * World.MS;
    }
    if (!doubtful.isEmpty() && nanos >= lookNanos) {
      look(nanos);
    }
    try {
      consumer.poll(House.HEARTBEATS, BATCH, (place, record) -> hear(record));
      return true;
    } catch (DuplicateNodeException e) {
      return false;
    }
  }

  private void hear(SimRecord record) {
    if (consumer.isAssigned(House.HEARTBEATS)
        && record.value() instanceof NodeBeat beat
        && rollCall.hear(beat, record.offset(), record.stampMs())) {
      consumer.unassign(House.HEARTBEATS);
    }
  }

  private void look(long nanos) {
    lookNanos = nanos + gapNanos;
    gapNanos *= 2;
    doubtful = doubtful.stream().filter(attempt -> !attempt.isOver()).toList();
    List<SimAttempt> now = doubtful;
    node.after(
        node.dice.between(2, 60) * World.MS,
        () -> now.stream().filter(this::isTaken).forEach(this::stop));
  }

  private void stop(SimAttempt attempt) {
    node.tell("stops", attempt.assignment().fence(), "for another one has its stream");
    attempt.stop(new StopCause.HandedOver());
  }

  private boolean isTaken(SimAttempt attempt) {
    ReplyPlace place = attempt.assignment().headers().replyPlace();
    SimLog.Partition partition = place == null ? null : node.log.find(SimEffects.place(place));
    return place != null
        && partition != null
        && !partition.isAway()
        && claim(attempt, partition, place.fromOffset()) != null;
  }

  /** The first record that takes the stream from an attempt, or null. */
  static @Nullable SimRecord claim(SimAttempt attempt, SimLog.Partition partition, long from) {
    Fence own = attempt.assignment().fence();
    int index = partition.indexOf(Math.max(from, attempt.claimedAt() + 1));
    for (int i = index; i < partition.records().size(); i++) {
      SimRecord record = partition.records().get(i);
      Fence fence = record.fence();
      if (record.key().equals(attempt.assignment().job())
          && fence != null
          && fence.home() == own.home()
          && fence.isHigherThan(own)
          && (record.value() instanceof ReplyRecord.Started
              || record.value() instanceof ReplyRecord.Failed
              || record.value() instanceof ReplyRecord.Cancelled)) {
        return record;
      }
    }
    return null;
  }
}
