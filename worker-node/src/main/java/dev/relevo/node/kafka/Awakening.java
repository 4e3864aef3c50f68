package dev.relevo.node.kafka;

import dev.relevo.common.config.NodeSettings;
import dev.relevo.common.protocol.BeatRecord;
import dev.relevo.common.protocol.Fence;
import dev.relevo.common.protocol.MalformedRecordException;
import dev.relevo.common.protocol.MessageCodec;
import dev.relevo.common.protocol.NodeBeat;
import dev.relevo.common.registry.Registry;
import dev.relevo.node.core.Contact;
import dev.relevo.node.core.RollCall;
import dev.relevo.node.core.StopCause;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a node does when it notices that it stood still, be it that its process was stopped or that
 * its machine slept, or that it had no word from Kafka for a while (protocol sections 3 and 5). It
 * may have been given up: another incarnation may have its name, then it stops; others may have its
 * attempts, then it stops those. Nobody tells it, but both can be read. Readers never notice, for
 * whatever it wrote meanwhile is void.
 *
 * <p>Threads: the loop's own, but for looking into the streams, which waits and has a virtual one.
 */
final class Awakening {
  private static final Logger LOG = LoggerFactory.getLogger(Awakening.class);

  /** Even an idle fetch is back within half of it; nobody is given up any sooner. */
  private static final Duration LEAST_PATIENCE = Duration.ofSeconds(1);

  private final RollCall rollCall;
  private final Contact contact;
  private final Fetches fetches;
  private final Consumer<String, byte[]> consumer;
  private final TopicPartition heartbeats;
  private final AttemptServices services;
  private final StreamLook streams;
  private final long intervalNanos;
  private final AtomicBoolean looking = new AtomicBoolean();
  private List<Attempt> doubtful = List.of();
  private boolean listening;
  private long newcomersUntilNanos;
  private long lookNanos;
  private long gapNanos;

  Awakening(
      NodeSettings settings,
      Consumer<String, byte[]> consumer,
      String heartbeats,
      AttemptServices services,
      StreamLook streams) {
    this.rollCall =
        new RollCall(
            services.identity().node(),
            services.identity().incarnation(),
            settings.heartbeatInterval().toMillis());
    this.contact = new Contact(patience(settings.heartbeatInterval()));
    this.fetches = new Fetches(consumer);
    this.consumer = consumer;
    this.heartbeats = new TopicPartition(heartbeats, 0);
    this.services = services;
    this.streams = streams;
    this.intervalNanos = settings.heartbeatInterval().toNanos();
  }

  private static Duration patience(Duration interval) {
    Duration beats = interval.multipliedBy(Registry.LISTEN_TENTHS).dividedBy(10);
    return beats.compareTo(LEAST_PATIENCE) > 0 ? beats : LEAST_PATIENCE;
  }

  /** An own beat is on its way. */
  void sent(CompletableFuture<Long> beat) {
    int times = rollCall.times();
    var _ =
        beat.thenAccept(offset -> {
          rollCall.taken(offset, times);
          contact.beatTaken(services.time().nowNanos());
        });
  }

  /**
   * A turn of the loop begins.
   *
   * @param running what runs
   */
  void turn(Collection<Attempt> running, long nowNanos) {
    if (rollCall.stoodStill(nowNanos, services.time().epochMs())) {
      LOG.info(
          "Node {} stood still for a while; it asks whether it was given up",
          services.identity().node());
      List<TopicPartition> partitions = new ArrayList<>(consumer.assignment());
      if (!partitions.contains(heartbeats)) {
        partitions.add(heartbeats);
        consumer.assign(partitions);
      }
      consumer.seek(heartbeats, rollCall.from());
      doubt(running, nowNanos);
    }
    if (contact.isInDoubt(fetches.total(), nowNanos)) {
      doubt(running, nowNanos);
    }
    doubtNewcomers(running, nowNanos);
    if (!doubtful.isEmpty() && nowNanos - lookNanos >= 0) {
      look(nowNanos);
    }
  }

  /**
   * What lay in the slot meanwhile is read only now: others may have that, too, so that it is as
   * doubtful as what ran.
   */
  private void doubtNewcomers(Collection<Attempt> running, long nowNanos) {
    listening &= nowNanos - newcomersUntilNanos < 0;
    if (listening && !doubtful.containsAll(running)) {
      doubtful = List.copyOf(running);
      lookNanos = nowNanos;
    }
  }

  private void doubt(Collection<Attempt> running, long nowNanos) {
    doubtful = List.copyOf(running);
    lookNanos = nowNanos;
    gapNanos = intervalNanos;
    listening = true;
    newcomersUntilNanos = nowNanos + LEAST_PATIENCE.toNanos();
  }

  /** Whoever gave the node up may take its attempts a little later: it looks again, ever less. */
  private void look(long nowNanos) {
    lookNanos = nowNanos + gapNanos;
    gapNanos *= 2;
    doubtful = doubtful.stream().filter(attempt -> !attempt.isOver()).toList();
    List<Attempt> now = doubtful;
    if (!now.isEmpty() && looking.compareAndSet(false, true)) {
      Thread.ofVirtual()
          .name("look")
          .start(() -> {
            services.parts().part("stream look").run(() -> stopTakenOver(now));
            looking.set(false);
          });
    }
  }

  private void stopTakenOver(List<Attempt> attempts) {
    Set<Fence> taken =
        streams.takenOver(
            attempts.stream()
                .map(attempt -> new StreamLook.Held(attempt.assignment(), attempt.claimedAt()))
                .toList());
    for (Attempt attempt : attempts) {
      Fence fence = attempt.assignment().fence();
      if (taken.contains(fence)) {
        String job = attempt.assignment().job();
        LOG.info("Attempt {} of job {} stops: another one has its stream", fence, job);
        attempt.stop(new StopCause.HandedOver());
      }
    }
  }

  boolean isBeat(ConsumerRecord<String, byte[]> record) {
    return record.topic().equals(heartbeats.topic());
  }

  /**
   * Hears a beat.
   *
   * @throws dev.relevo.node.core.DuplicateNodeException if another incarnation has the name
   */
  void hear(ConsumerRecord<String, byte[]> record) {
    try {
      if (MessageCodec.decode(BeatRecord.class, record.value()) instanceof NodeBeat beat
          && rollCall.hear(beat, record.offset(), record.timestamp())) {
        List<TopicPartition> partitions = new ArrayList<>(consumer.assignment());
        partitions.remove(heartbeats);
        consumer.assign(partitions);
      }
    } catch (MalformedRecordException e) {
      LOG.warn("The heartbeat at offset {} is unreadable: {}", record.offset(), e.getMessage());
    }
  }
}
