package dev.relevo.dispatcher;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.common.kafka.KafkaAccess;
import dev.relevo.common.kafka.KafkaClients;
import dev.relevo.common.kafka.ProducerProfile;
import dev.relevo.common.protocol.AttemptReport;
import dev.relevo.common.protocol.FailureCodes;
import dev.relevo.common.protocol.HeaderNames;
import dev.relevo.common.protocol.JobStatus;
import dev.relevo.common.protocol.Lane;
import dev.relevo.common.protocol.MessageCodec;
import dev.relevo.common.protocol.StateRecord;
import io.micrometer.core.instrument.Gauge;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Test;

/**
 * How long a dispatcher needs that takes over homes with many known jobs. The time is printed, for
 * what a busy machine needs says nothing; that nothing is forgotten is asserted.
 */
class TakeOverOnKafkaTest extends DispatcherOnKafka {
  private static final int HOMES = 2;
  private static final int SUCCEEDED = 75_000;
  private static final int DEAD = 5_000;
  private static final int PARKED = 15_000;
  private static final int QUEUED = 5_000;

  private final AtomicLong offsets = new AtomicLong();

  @Test
  void restoresAHundredThousandKnownJobs() throws Exception {
    leave();

    long startedNanos = System.nanoTime();
    dispatcher("d-1");
    long readyNanos = System.nanoTime();
    try (Beating node = beating("n1", 0)) {
      node.serves("served");
      for (int home = 0; home < HOMES; home++) {
        String last = "last-" + home;
        byte[] body = utf8("{\"model\":\"served\"}");
        var _ = producer.send(new ProducerRecord<>(topics.jobs(), home, last, body)).get();
        await(topics.assignments(), byJob(last));
      }
    }
    System.out.printf(
        "A dispatcher that takes over %,d known jobs is ready after %,d ms; new jobs run after %,d"
            + " ms%n",
        SUCCEEDED + DEAD + PARKED + QUEUED,
        Duration.ofNanos(readyNanos - startedNanos).toMillis(),
        Duration.ofNanos(System.nanoTime() - startedNanos).toMillis());

    awaitGauge("jobs.waiting", PARKED + QUEUED);
    assertThat(gauge("jobs.remembered")).isEqualTo(SUCCEEDED + DEAD);
    assertThat(gauge("homes")).isEqualTo(HOMES);
  }

  /** Writes what an earlier owner could have left. */
  private void leave() throws Exception {
    KafkaClients clients = new KafkaClients(KafkaAccess.to(settings.kafka().bootstrapServers()));
    try (Producer<String, byte[]> state = clients.producer(ProducerProfile.STATE, "earlier")) {
      for (int home = 0; home < HOMES; home++) {
        byte[] opened = MessageCodec.encode(new StateRecord.Opened("earlier"));
        write(state, home, StateRecord.OPENED_KEY, opened);
      }
      leave(state, SUCCEEDED, JobStatus.SUCCEEDED);
      leave(state, DEAD, JobStatus.DEAD);
      leave(state, PARKED, JobStatus.PARKED);
      for (int i = 0; i < QUEUED; i++) {
        var _ =
            producer.send(
                new ProducerRecord<>(
                    topics.jobs(),
                    i % HOMES,
                    UUID.randomUUID().toString(),
                    utf8("{\"model\":\"missing\",\"messages\":[]}")));
      }
      producer.flush();
      state.flush();
    }
  }

  private void leave(Producer<String, byte[]> state, int count, JobStatus status) {
    for (int i = 0; i < count; i++) {
      String job = UUID.randomUUID().toString();
      write(state, i % HOMES, job, MessageCodec.encode(known(job, status)));
    }
  }

  private void write(Producer<String, byte[]> state, int home, String key, byte[] value) {
    var _ =
        state.send(
            new ProducerRecord<>(topics.state(), home, key, value),
            (written, failure) -> assertThat(failure).isNull());
  }

  private StateRecord.Job known(String job, JobStatus status) {
    long nowMs = System.currentTimeMillis();
    boolean dead = status == JobStatus.DEAD;
    String place = "relevo.replies." + job;
    AttemptReport lost =
        new AttemptReport(
            "0.0.1", "attic", job, null, "m", FailureCodes.NODE_LOST, "node attic is gone", 1, 2);
    // Beyond the lane's records, as if those had been passed long ago: only state knows them.
    return new StateRecord.Job(
        0,
        status,
        Lane.BATCH,
        offsets.incrementAndGet(),
        status == JobStatus.PARKED ? null : "0.0.1",
        null,
        null,
        null,
        null,
        status != JobStatus.PARKED,
        0,
        dead ? List.of(lost, lost, lost) : List.of(),
        place,
        nowMs + 3_600_000,
        null,
        null,
        0,
        nowMs,
        dead ? FailureCodes.ATTEMPTS_EXHAUSTED : null,
        dead ? "3 of 3 attempts failed; the last: node attic is gone" : null,
        status == JobStatus.PARKED
            ? Map.of(HeaderNames.MODEL, "missing", HeaderNames.REPLY_TOPIC, place)
            : Map.of());
  }

  private void awaitGauge(String name, long wanted) {
    long endNanos = System.nanoTime() + LONGEST_WAIT.toNanos();
    while (gauge(name) != wanted && System.nanoTime() < endNanos) {
      consumer.poll(Duration.ofMillis(50));
    }
    assertThat(gauge(name)).isEqualTo(wanted);
  }

  private long gauge(String name) {
    return (long)
        metrics.get("relevo.dispatcher." + name).gauges().stream().mapToDouble(Gauge::value).sum();
  }
}
