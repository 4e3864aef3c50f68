package dev.relevo.dispatcher.kafka;

import dev.relevo.common.kafka.KafkaClients;
import dev.relevo.common.protocol.Fence;
import dev.relevo.common.protocol.MalformedRecordException;
import dev.relevo.common.protocol.MessageCodec;
import dev.relevo.common.protocol.ReplyRecord;
import dev.relevo.common.reply.ReplyAssembler;
import dev.relevo.dispatcher.core.Effect;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.jspecify.annotations.Nullable;

/** Reads a reply place back, to learn what ended a stream first (protocol section 4, Ending). */
final class ReplyReader {
  private static final Duration POLL = Duration.ofMillis(100);
  private static final long TIMEOUT_NANOS = TimeUnit.SECONDS.toNanos(30);

  private final KafkaClients clients;
  private final String id;

  ReplyReader(KafkaClients clients, String id) {
    this.clients = clients;
    this.id = id;
  }

  /**
   * @return what ended the job's stream by the reader's rule, or null if nothing did
   * @throws TimeoutException if it cannot be read in time; so as well where the place vanished
   */
  @Nullable ReplyRecord terminal(Effect.ReadBack readBack) {
    TopicPartition place =
        new TopicPartition(readBack.place().topic(), readBack.place().partition());
    ReplyAssembler assembler = ReplyAssembler.withoutText();
    try (Consumer<String, byte[]> consumer =
        clients.assignedConsumer(
            id + "-read-back", KafkaClients.FetchWait.CHANGING, KafkaClients.Start.EARLIEST)) {
      consumer.assign(List.of(place));
      consumer.seek(place, readBack.place().fromOffset());
      long startedNanos = System.nanoTime();
      while (consumer.position(place) <= readBack.upTo() && !assembler.isEnded()) {
        for (ConsumerRecord<String, byte[]> record : consumer.poll(POLL)) {
          if (record.offset() <= readBack.upTo() && readBack.job().equals(record.key())) {
            accept(assembler, record);
          }
        }
        if (System.nanoTime() - startedNanos > TIMEOUT_NANOS) {
          throw new TimeoutException("reading " + place + " takes too long");
        }
      }
      return assembler.terminal();
    }
  }

  private static void accept(ReplyAssembler assembler, ConsumerRecord<String, byte[]> record) {
    try {
      Fence fence = MessageCodec.fence(record.headers());
      if (fence != null) {
        assembler.accept(
            record.offset(), fence, MessageCodec.decode(ReplyRecord.class, record.value()));
      }
    } catch (MalformedRecordException e) {
      // Somebody else's scribble: by the reader's rule it is void.
      return;
    }
  }
}
