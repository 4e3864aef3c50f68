package dev.relevo.node.kafka;

import dev.relevo.common.protocol.Fence;
import dev.relevo.common.protocol.HeaderNames;
import dev.relevo.common.protocol.MessageCodec;
import dev.relevo.common.protocol.ReplyPlace;
import dev.relevo.common.protocol.ReplyRecord;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.jspecify.annotations.Nullable;

/**
 * Writes one attempt's records to its reply place and knows which Kafka has. A job without a reply
 * place writes nothing. Written by the attempt's thread and the pacer, one at a time; acknowledged
 * on Kafka's thread.
 */
final class ReplyWriter {
  private final Producer<String, byte[]> producer;
  private final @Nullable ReplyPlace place;
  private final String job;
  private final List<Header> headers;
  private final Consumer<Exception> failed;
  private long outstanding;
  private @Nullable Exception failure;

  /**
   * A writer.
   *
   * @param failed runs on Kafka's thread at the first record that Kafka refuses; must be quick
   */
  ReplyWriter(
      Producer<String, byte[]> producer,
      @Nullable ReplyPlace place,
      String job,
      Fence fence,
      Consumer<Exception> failed) {
    this.producer = producer;
    this.place = place;
    this.job = job;
    this.headers =
        List.of(
            new RecordHeader(HeaderNames.FENCE, fence.toString().getBytes(StandardCharsets.UTF_8)));
    this.failed = failed;
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
    if (place == null) {
      return;
    }
    ProducerRecord<String, byte[]> toSend =
        new ProducerRecord<>(
            place.topic(), place.partition(), job, MessageCodec.encode(record), headers);
    synchronized (this) {
      outstanding++;
    }
    boolean handedOver = false;
    try {
      var _ = producer.send(toSend, (metadata, refusal) -> answered(metadata, refusal, written));
      handedOver = true;
    } finally {
      if (!handedOver) {
        settle(new IllegalStateException("a record could not be handed to the producer"));
      }
    }
  }

  private void answered(
      RecordMetadata metadata, @Nullable Exception refusal, LongConsumer written) {
    if (refusal == null) {
      written.accept(metadata.offset());
    }
    settle(refusal);
  }

  private void settle(@Nullable Exception refusal) {
    boolean first = false;
    synchronized (this) {
      outstanding--;
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

  /**
   * Waits until Kafka has answered for every record, at most the producer's delivery timeout.
   *
   * @return the first refusal, null when Kafka has all
   */
  synchronized @Nullable Exception awaitAcknowledged() throws InterruptedException {
    while (outstanding > 0) {
      wait();
    }
    return failure;
  }
}
