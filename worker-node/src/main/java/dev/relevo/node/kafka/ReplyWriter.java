package dev.relevo.node.kafka;

import dev.relevo.common.kafka.ReplyProducers;
import dev.relevo.common.protocol.Fence;
import dev.relevo.common.protocol.HeaderNames;
import dev.relevo.common.protocol.MessageCodec;
import dev.relevo.common.protocol.ReplyPlace;
import dev.relevo.common.protocol.ReplyRecord;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.jspecify.annotations.Nullable;

/**
 * Writes one attempt's records to its reply place and knows which Kafka has. A job without a reply
 * place writes nothing.
 *
 * <p>Written by the attempt's thread, the pacer and the thread that lets go of a claim;
 * acknowledged on Kafka's thread.
 */
final class ReplyWriter implements AutoCloseable {
  private final ReentrantLock order = new ReentrantLock();
  private final ReplyProducers producers;
  private final @Nullable ReplyPlace place;
  private final String job;
  private final List<Header> headers;
  private final Consumer<Exception> failed;
  private ReplyProducers.@Nullable Lease producer;
  private @Nullable Outgoing held;
  private boolean closed;
  private long outstanding;
  private volatile long claimedAt = -1;
  private @Nullable Exception failure;

  /** Who hands a record to the producer, which may hold it up; guarded by this, as what follows. */
  private @Nullable Thread sending;

  private boolean freed;
  private boolean abandoned;
  private long answers;
  private long answersSeen;

  /**
   * A writer.
   *
   * @param producers one of them is used until {@link #close}
   * @param failed runs on Kafka's thread at the first record that Kafka refuses; must be quick
   */
  ReplyWriter(
      ReplyProducers producers,
      @Nullable ReplyPlace place,
      String job,
      Fence fence,
      Consumer<Exception> failed) {
    this.producers = producers;
    this.place = place;
    this.job = job;
    this.headers =
        List.of(
            new RecordHeader(HeaderNames.FENCE, fence.toString().getBytes(StandardCharsets.UTF_8)));
    this.failed = failed;
  }

  /** A record on its way, and who is told its offset. */
  private record Outgoing(ProducerRecord<String, byte[]> record, LongConsumer written) {}

  /**
   * Keeps the attempt's claim back, to go out in one request with the record that is written next:
   * a request of its own would hold the first piece up for a whole round trip. Whoever keeps it
   * back sees to it that {@link #letGo} comes soon.
   *
   * @param written runs on Kafka's thread with the record's offset; must be quick
   */
  void hold(ReplyRecord claim, LongConsumer written) {
    Outgoing outgoing = outgoing(claim, written);
    order.lock();
    try {
      held = outgoing;
    } finally {
      order.unlock();
    }
  }

  /** Writes a claim that was kept back, unless it went out already. */
  void letGo() {
    order.lock();
    try {
      sendHeld();
    } finally {
      order.unlock();
    }
  }

  /** Writes a record; blocks while the producer's buffer is full. */
  void write(ReplyRecord record) {
    write(record, offset -> {});
  }

  /**
   * Writes a record.
   *
   * @param written runs on Kafka's thread with the record's offset; must be quick
   */
  void write(ReplyRecord record, LongConsumer written) {
    Outgoing outgoing = outgoing(record, written);
    order.lock();
    try {
      sendHeld();
      send(outgoing);
    } finally {
      order.unlock();
    }
  }

  private @Nullable Outgoing outgoing(ReplyRecord record, LongConsumer written) {
    return place == null
        ? null
        : new Outgoing(
            new ProducerRecord<>(
                place.topic(), place.partition(), job, MessageCodec.encode(record), headers),
            written);
  }

  private void sendHeld() {
    Outgoing claim = held;
    held = null;
    send(claim);
  }

  private void send(@Nullable Outgoing outgoing) {
    if (outgoing == null || closed || !begins()) {
      return;
    }
    try {
      lease(outgoing.record().topic())
          .send(
              outgoing.record(),
              (metadata, refusal) -> answered(metadata, refusal, outgoing.written()));
    } catch (RuntimeException e) {
      settle(e);
    } finally {
      sent();
    }
  }

  /** Takes an interruption along that only meant the wait for a topic that is not there. */
  private synchronized void sent() {
    sending = null;
    if (freed) {
      freed = false;
      Thread.interrupted();
    }
  }

  /**
   * The reply place is not there, or cannot be written to any more: the first refusal is this, and
   * nobody waits on for Kafka, not even who is held by the producer.
   */
  void abandon(Exception missing) {
    synchronized (this) {
      if (failure != null) {
        return;
      }
      failure = missing;
      abandoned = true;
      if (sending != null) {
        freed = true;
        sending.interrupt();
      }
      notifyAll();
    }
    failed.accept(missing);
  }

  /** Whether Kafka has answered for no record since this was last asked, and some are under way. */
  synchronized boolean isStuck() {
    boolean stuck = outstanding > 0 && answers == answersSeen;
    answersSeen = answers;
    return stuck;
  }

  /** After a record that was not taken the rest would only be a hole to every reader. */
  private synchronized boolean begins() {
    if (failure != null) {
      return false;
    }
    outstanding++;
    sending = Thread.currentThread();
    return true;
  }

  private ReplyProducers.Lease lease(String topic) {
    ReplyProducers.Lease mine = producer;
    if (mine == null) {
      mine = producers.lease(topic);
      producer = mine;
    }
    return mine;
  }

  private void answered(
      RecordMetadata metadata, @Nullable Exception refusal, LongConsumer written) {
    if (refusal == null) {
      if (claimedAt < 0) {
        claimedAt = metadata.offset();
      }
      written.accept(metadata.offset());
    }
    settle(refusal);
  }

  private void settle(@Nullable Exception refusal) {
    boolean first = false;
    synchronized (this) {
      outstanding--;
      answers++;
      if (refusal != null && failure == null) {
        failure = refusal;
        first = true;
      }
      if (outstanding == 0) {
        notifyAll();
      }
    }
    if (first && refusal != null) {
      failed.accept(refusal);
    }
  }

  /** The offset of the first record that Kafka has, the claim; -1 for none. */
  long claimedAt() {
    return claimedAt;
  }

  /**
   * Waits until Kafka has answered for every record, at most the producer's delivery timeout.
   *
   * @return the first refusal, null when Kafka has all
   */
  @Nullable Exception awaitAcknowledged() throws InterruptedException {
    letGo();
    synchronized (this) {
      while (outstanding > 0 && !abandoned) {
        wait();
      }
      return failure;
    }
  }

  /** Nothing is written any more; what is under way is still sent. */
  @Override
  public void close() {
    order.lock();
    try {
      if (producer != null && !closed) {
        producer.close();
      }
      closed = true;
    } finally {
      order.unlock();
    }
  }
}
