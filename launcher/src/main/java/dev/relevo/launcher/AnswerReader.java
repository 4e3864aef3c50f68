package dev.relevo.launcher;

import dev.relevo.common.kafka.KafkaClients;
import dev.relevo.common.kafka.KafkaClients.FetchWait;
import dev.relevo.common.kafka.KafkaClients.Start;
import dev.relevo.common.protocol.Fence;
import dev.relevo.common.protocol.MalformedRecordException;
import dev.relevo.common.protocol.MessageCodec;
import dev.relevo.common.protocol.ReplyRecord;
import dev.relevo.common.reply.ReplyAssembler;
import dev.relevo.common.reply.ReplyStep;
import dev.relevo.operator.TopicEnd;
import java.time.Duration;
import java.util.List;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;

/**
 * Reads one answer from its reply topic, from the beginning to its end (protocol section 5). Used
 * by one thread; only {@link #stop} may be called from another.
 */
final class AnswerReader implements AutoCloseable {
  /** What happens while an answer is read. */
  interface Listener {
    /** A record of this job as it stands in the topic, whether it counts or not. */
    void record(ConsumerRecord<String, byte[]> record);

    /** What a record means to a reader. */
    void step(ReplyStep step);

    /** Nothing came within the pause. */
    void silent();

    /** Whether anybody still wants to know. */
    boolean isListening();
  }

  private final String job;
  private final TopicPartition place;
  private final KafkaClients clients;
  private final Consumer<String, byte[]> consumer;
  private final ReplyAssembler assembler = ReplyAssembler.withoutText();

  AnswerReader(KafkaClients clients, String job, String topic) {
    this.clients = clients;
    this.job = job;
    this.place = new TopicPartition(topic, 0);
    this.consumer =
        clients.assignedConsumer("relevo-tool-answer", FetchWait.STEADY, Start.EARLIEST);
  }

  /** Whether the answer's topic is there; it is deleted some time after the job's end. */
  boolean isThere() {
    try {
      return TopicEnd.of(consumer, place).isPresent();
    } catch (KafkaException e) {
      throw clients.problem(e, "looking for the topic " + place.topic());
    }
  }

  /**
   * Reads until the answer ends.
   *
   * @param pause after this long without a record the listener is told
   * @return false when {@link #stop} was called, or nobody listened any more, before the end
   * @throws CommandProblem when the answer is deleted meanwhile
   */
  boolean read(Listener listener, Duration pause) {
    try {
      consumer.assign(List.of(place));
      consumer.seekToBeginning(List.of(place));
      while (!assembler.isEnded() && listener.isListening()) {
        ConsumerRecords<String, byte[]> records = consumer.poll(pause);
        if (records.isEmpty()) {
          listener.silent();
          requireTopic();
        }
        records.forEach(record -> take(record, listener));
      }
      return assembler.isEnded();
    } catch (WakeupException e) {
      return false;
    } catch (KafkaException e) {
      throw clients.problem(e, "reading the answer of job " + job);
    }
  }

  /** A consumer waits for ever for a topic that was deleted. */
  private void requireTopic() {
    if (TopicEnd.of(consumer, place).isEmpty()) {
      throw CommandProblem.failed(
          "The answer of job %s was deleted before it was read to its end: the job was answered or given up long ago."
              .formatted(job));
    }
  }

  /** Ends {@link #read} from another thread. */
  void stop() {
    consumer.wakeup();
  }

  @Override
  public void close() {
    // Without a goodbye: it would wait for the fetch under way.
    consumer.close(CloseOptions.timeout(Duration.ZERO));
  }

  private void take(ConsumerRecord<String, byte[]> record, Listener listener) {
    if (!job.equals(record.key()) || assembler.isEnded()) {
      return;
    }
    listener.record(record);
    try {
      Fence fence = MessageCodec.fence(record.headers());
      if (fence != null) {
        ReplyRecord reply = MessageCodec.decode(ReplyRecord.class, record.value());
        listener.step(assembler.accept(record.offset(), fence, reply));
      }
    } catch (MalformedRecordException e) {
      // The reader's rule: what cannot be read is void.
      return;
    }
  }
}
