package dev.relevo.node.kafka;

import dev.relevo.common.protocol.BeatRecord;
import dev.relevo.common.protocol.MessageCodec;
import dev.relevo.common.protocol.NodeBeat;
import dev.relevo.common.supervision.Part;
import dev.relevo.node.core.AttemptTable;
import dev.relevo.node.core.BackendBoard;
import dev.relevo.node.core.NodeFailedException;
import dev.relevo.node.core.ToldOrders;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * When the node beats and what a beat says (protocol section 3). Beats are sent by the loop only;
 * other threads may ask for one.
 */
final class Heart {
  private static final Logger LOG = LoggerFactory.getLogger(Heart.class);

  /**
   * Between two beats that attempts and backends ask for. Dispatchers learn of a free place by a
   * beat, so it should come soon; but thousands of attempts may end in a second.
   */
  static final long LEAST_GAP_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

  /** Between two log lines about beats that Kafka did not take, by the time of the last beat. */
  private static final long COMPLAINT_GAP_NANOS = TimeUnit.SECONDS.toNanos(1);

  /** A heart that crashes so often in a row, within half a minute or so, cannot be helped. */
  static final int MAX_CRASHES_IN_A_ROW = 9;

  private final Identity identity;
  private final AttemptTable table;
  private final BackendBoard board;
  private final BreakerNews breakers;
  private final ToldOrders orders;
  private final Producer<String, byte[]> producer;
  private final String topic;
  private final int capacity;
  private final long intervalMs;
  private final Part part;
  private final AtomicBoolean wanted = new AtomicBoolean();
  private volatile long lastNanos;
  private volatile @Nullable Long complainedNanos;
  private volatile boolean killed;
  private int crashesInARow;
  private long restsUntilNanos;

  Heart(
      Identity identity,
      AttemptTable table,
      BackendBoard board,
      BreakerNews breakers,
      ToldOrders orders,
      Producer<String, byte[]> producer,
      String topic,
      int capacity,
      long intervalMs,
      Part part) {
    this.identity = identity;
    this.table = table;
    this.board = board;
    this.breakers = breakers;
    this.orders = orders;
    this.producer = producer;
    this.topic = topic;
    this.capacity = capacity;
    this.intervalMs = intervalMs;
    this.part = part;
  }

  /**
   * Asks for a beat before the interval is over; from any thread.
   *
   * @return whether nobody had asked since the last beat, so the loop must be woken
   */
  boolean want() {
    return !wanted.getAndSet(true);
  }

  /** Its node is killed: beats on their way are lost with it, and that is no news. */
  void kill() {
    killed = true;
  }

  /** How long until the next beat is due, nanoseconds; 0 or less when it is. */
  long dueInNanos(long nowNanos) {
    if (crashesInARow > 0) {
      return restsUntilNanos - nowNanos;
    }
    long gap = wanted.get() ? LEAST_GAP_NANOS : TimeUnit.MILLISECONDS.toNanos(intervalMs);
    return lastNanos + Math.min(gap, TimeUnit.MILLISECONDS.toNanos(intervalMs)) - nowNanos;
  }

  /**
   * Beats. A crash of that is told by the future, and the next beat is due after a rest.
   *
   * @return the beat's offset in heartbeats, once Kafka has it
   * @throws NodeFailedException when it has crashed too often in a row
   */
  CompletableFuture<Long> beat(NodeBeat.State state, int slot, long position, long nowNanos) {
    try {
      CompletableFuture<Long> sent = send(state, slot, position, nowNanos);
      crashesInARow = 0;
      return sent;
    } catch (RuntimeException | Error e) {
      if (crashesInARow + 1 >= MAX_CRASHES_IN_A_ROW) {
        throw new NodeFailedException(
            "Node "
                + identity.node()
                + " cannot beat: that crashed "
                + MAX_CRASHES_IN_A_ROW
                + " times in a row ("
                + e
                + "). Others take its jobs over; start it again.",
            e);
      }
      restsUntilNanos = nowNanos + part.crashed(e);
      crashesInARow++;
      return CompletableFuture.failedFuture(e);
    }
  }

  private CompletableFuture<Long> send(
      NodeBeat.State state, int slot, long position, long nowNanos) {
    wanted.set(false);
    lastNanos = nowNanos;
    List<NodeBeat.Backend> backends = board.view(nowNanos);
    breakers.tell(backends);
    BeatRecord beat =
        new NodeBeat(
            identity.node(),
            identity.incarnation(),
            slot,
            position,
            state,
            capacity,
            intervalMs,
            table.phases(),
            backends,
            orders.now(nowNanos));
    CompletableFuture<Long> sent = new CompletableFuture<>();
    var _ =
        producer.send(
            new ProducerRecord<>(topic, 0, identity.node(), MessageCodec.encode(beat)),
            (metadata, failure) -> {
              if (failure == null) {
                sent.complete(metadata.offset());
              } else {
                complain(failure);
                sent.completeExceptionally(failure);
              }
            });
    return sent;
  }

  /** All beats of a batch fail at once, and that need be said but once. */
  private void complain(Exception failure) {
    Long before = complainedNanos;
    long nowNanos = lastNanos;
    if (!killed && (before == null || nowNanos - before >= COMPLAINT_GAP_NANOS)) {
      complainedNanos = nowNanos;
      LOG.warn("A heartbeat was not taken by Kafka: {}", failure.getMessage());
    }
  }
}
