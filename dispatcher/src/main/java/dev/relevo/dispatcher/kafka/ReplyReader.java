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
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.jspecify.annotations.Nullable;

/** Reads a reply place back, to learn what ended a stream first (protocol section 4, Ending). */
final class ReplyReader {
  private static final Duration POLL = Duration.ofMillis(100);
  private static final long TIMEOUT_NANOS = TimeUnit.SECONDS.toNanos(30);
  private static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(5);

  /**
   * After so long without a record the topic is asked for. A reader deletes its topic as soon as it
   * has the end, often before it is read back here; a consumer does not say so, it goes on asking
   * for records without a pause.
   */
  private static final long QUIET_NANOS = TimeUnit.MILLISECONDS.toNanos(300);

  private final KafkaClients clients;
  private final String id;

  ReplyReader(KafkaClients clients, String id) {
    this.clients = clients;
    this.id = id;
  }

  /**
   * @return what ended the job's stream by the reader's rule, or null if nothing did
   * @throws TimeoutException if the place has vanished meanwhile, or cannot be read in time
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
      long heardNanos = startedNanos;
      while (consumer.position(place) <= readBack.upTo() && !assembler.isEnded()) {
        ConsumerRecords<String, byte[]> records = consumer.poll(POLL);
        for (ConsumerRecord<String, byte[]> record : records) {
          if (record.offset() <= readBack.upTo() && readBack.job().equals(record.key())) {
            accept(assembler, record);
          }
        }
        long nowNanos = System.nanoTime();
        heardNanos = records.isEmpty() ? heardNanos : nowNanos;
        if (nowNanos - heardNanos > QUIET_NANOS) {
          heardNanos = nowNanos;
          if (consumer.partitionsFor(place.topic(), ANSWER_TIMEOUT).isEmpty()) {
            throw new TimeoutException(place + " is not there any more");
          }
        }
        if (nowNanos - startedNanos > TIMEOUT_NANOS) {
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
