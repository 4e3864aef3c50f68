package dev.relevo.node.kafka;

import dev.relevo.common.protocol.EventRecord;
import dev.relevo.common.protocol.Fence;
import dev.relevo.common.protocol.HeaderNames;
import dev.relevo.common.protocol.MessageCodec;
import dev.relevo.common.supervision.Part;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells dispatchers of attempts (protocol section 4): every event goes to the job's home partition
 * and is sent again until it is acknowledged, as long as the node lives. Thread-safe.
 */
final class EventSender {
  private static final Logger LOG = LoggerFactory.getLogger(EventSender.class);

  /**
   * Events that wait to be sent again while Kafka takes none. More are dropped with a log line. An
   * attempt whose {@code finished} is dropped leaves the beats, as if that had been acknowledged:
   * so the dispatcher finds out.
   */
  static final int MAX_WAITING = 20_000;

  private final Producer<String, byte[]> producer;
  private final String topic;
  private final Part flush;
  private final ConcurrentLinkedQueue<Event> waiting = new ConcurrentLinkedQueue<>();
  private final AtomicInteger waitingCount = new AtomicInteger();

  /**
   * @param flush the part that sends at once what somebody waits for
   */
  EventSender(Producer<String, byte[]> producer, String topic, Part flush) {
    this.producer = producer;
    this.topic = topic;
    this.flush = flush;
  }

  /**
   * Sends an event.
   *
   * @param acknowledged runs on Kafka's thread when Kafka has it, and for a {@code finished} also
   *     when it is dropped; must be quick
   */
  void send(String job, Fence fence, EventRecord event, Runnable acknowledged) {
    ProducerRecord<String, byte[]> record =
        new ProducerRecord<>(
            topic,
            fence.home(),
            job,
            MessageCodec.encode(event),
            List.of(
                new RecordHeader(
                    HeaderNames.FENCE, fence.toString().getBytes(StandardCharsets.UTF_8))));
    send(new Event(record, event instanceof EventRecord.Finished, acknowledged));
  }

  /**
   * Sends an event that somebody waits for: it goes at once, with all that lingered.
   *
   * @param acknowledged as with {@link #send}
   */
  void sendNow(String job, Fence fence, EventRecord event, Runnable acknowledged) {
    send(job, fence, event, acknowledged);
    // On a thread of its own, for it waits until Kafka has all; the loop must not.
    Thread.ofVirtual().name("events-flush").start(() -> flush.run(producer::flush));
  }

  private void send(Event event) {
    try {
      var _ = producer.send(event.record(), (metadata, failure) -> answered(event, failure));
    } catch (KafkaException | IllegalStateException e) {
      // Mostly it was closed, for the node is gone: then the event waits for nothing.
      answered(event, e);
    }
  }

  private void answered(Event event, @Nullable Exception failure) {
    if (failure == null) {
      event.acknowledged().run();
      return;
    }
    if (failure instanceof RecordTooLargeException) {
      // It never becomes smaller.
      drop(event, "Kafka takes none that large");
      return;
    }
    if (waitingCount.incrementAndGet() > MAX_WAITING) {
      waitingCount.decrementAndGet();
      drop(event, "Kafka takes none");
      return;
    }
    waiting.add(event);
  }

  /** Behind an {@code accepted} the attempt would write, so nobody may take it for acknowledged. */
  private static void drop(Event event, String why) {
    LOG.warn("An event of job {} is dropped: {}", event.record().key(), why);
    if (event.finishes()) {
      event.acknowledged().run();
    }
  }

  /** Sends again what Kafka did not take; for the loop, once in a beat's time. */
  void resend() {
    for (int left = waitingCount.get(); left > 0; left--) {
      Event event = waiting.poll();
      if (event == null) {
        return;
      }
      waitingCount.decrementAndGet();
      send(event);
    }
  }

  private record Event(
      ProducerRecord<String, byte[]> record, boolean finishes, Runnable acknowledged) {}
}
