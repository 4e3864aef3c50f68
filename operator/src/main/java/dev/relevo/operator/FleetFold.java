package dev.relevo.operator;

import dev.relevo.common.protocol.BeatRecord;
import dev.relevo.common.protocol.MalformedRecordException;
import dev.relevo.common.protocol.MessageCodec;
import dev.relevo.common.protocol.NodeBeat;
import dev.relevo.common.registry.RegisteredNode;
import dev.relevo.common.registry.Registry;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Folds heartbeats as they are read. The registry's clock is here the append time of the records,
 * so that old ones can be judged; that is the broker's clock, and this machine's only counts where
 * nobody beats at all. Pure; used by one thread.
 */
final class FleetFold {
  private static final Logger LOG = LoggerFactory.getLogger(FleetFold.class);
  private static final long CLOCKS_DIFFER_MS = 10_000;
  private static final long LOST_SHOWN_MS = 60_000;

  private final Registry registry = new Registry(Registry.DEFAULT_MISSED_BEATS);
  private final Map<String, RegisteredNode> lost = new LinkedHashMap<>();
  private final Map<String, Long> dispatchers = new HashMap<>();
  private long newestMs;

  /** Takes the next record. */
  void take(ConsumerRecord<String, byte[]> record) {
    newestMs = Math.max(newestMs, record.timestamp());
    try {
      take(record, MessageCodec.decode(BeatRecord.class, record.value()));
    } catch (MalformedRecordException e) {
      // Somebody else's record says nothing of who is there.
      LOG.debug("Record {} of {} is no beat: {}", record.offset(), record.topic(), e.getMessage());
    }
  }

  private void take(ConsumerRecord<String, byte[]> record, BeatRecord beat) {
    switch (beat) {
      case NodeBeat node -> {
        long nanos = TimeUnit.MILLISECONDS.toNanos(record.timestamp());
        expire(nanos);
        registry.apply(node, record.offset(), nanos);
        lost.remove(node.node());
      }
      case BeatRecord.DispatcherBeat dispatcher ->
          dispatchers.put(dispatcher.dispatcher(), record.timestamp());
    }
  }

  private void expire(long nowNanos) {
    registry.expire(nowNanos, false).forEach(node -> lost.put(node.id(), node));
  }

  /**
   * Who is there now.
   *
   * @param hereMs epoch milliseconds on this machine's clock
   */
  Fleet fleet(long hereMs) {
    long nowMs = hereMs - newestMs > CLOCKS_DIFFER_MS ? hereMs : newestMs;
    long nowNanos = TimeUnit.MILLISECONDS.toNanos(nowMs);
    expire(nowNanos);
    long shownNanos = TimeUnit.MILLISECONDS.toNanos(LOST_SHOWN_MS);
    lost.values().removeIf(node -> nowNanos - node.readNanos() > shownNanos);
    dispatchers.values().removeIf(beatMs -> nowMs - beatMs > LOST_SHOWN_MS);
    return new Fleet(registry.list(), List.copyOf(lost.values()), dispatchers, nowMs);
  }
}
