package dev.relevo.operator;

import dev.relevo.common.kafka.KafkaClients;
import dev.relevo.common.kafka.ProducerProfile;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.jspecify.annotations.Nullable;

/**
 * Sends many records without waiting for each; the producer's buffer bounds what is under way. The
 * first failure is thrown by the next call. Used by one thread.
 */
public final class RecordSender implements AutoCloseable {
  private final KafkaClients clients;
  private final String doing;
  private final Producer<String, byte[]> producer;
  private final AtomicLong written = new AtomicLong();
  private final AtomicReference<@Nullable Exception> failure = new AtomicReference<>();

  /**
   * Has a producer of its own.
   *
   * @param doing what it is for, in a sentence about a failure: "sending the jobs"
   */
  public RecordSender(KafkaClients clients, String doing) {
    this.clients = clients;
    this.doing = doing;
    this.producer = clients.producer(ProducerProfile.JOBS, "relevo-tool-dead");
  }

  /**
   * Sends it, and waits only where the producer's buffer is full.
   *
   * @throws dev.relevo.common.kafka.KafkaProblem when an earlier one did not arrive
   */
  public void send(ProducerRecord<String, byte[]> record) {
    requireSound();
    try {
      var _ =
          producer.send(
              record,
              (_, broken) -> {
                if (broken == null) {
                  written.incrementAndGet();
                } else {
                  failure.compareAndSet(null, broken);
                }
              });
    } catch (RuntimeException e) {
      throw clients.problem(e, doing);
    }
  }

  /** Returns when Kafka has all that was sent. */
  public void flush() {
    producer.flush();
    requireSound();
  }

  /** How many records Kafka has. */
  public long written() {
    return written.get();
  }

  @Override
  public void close() {
    producer.close();
  }

  private void requireSound() {
    Exception broken = failure.get();
    if (broken != null) {
      throw clients.problem(broken, doing);
    }
  }
}
