package dev.relevo.dispatcher;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.common.protocol.Assignment;
import dev.relevo.common.protocol.AttemptOutcome;
import dev.relevo.common.protocol.HeaderNames;
import io.micrometer.core.instrument.Gauge;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Test;

/**
 * One tenant's backlog over all homes, much larger than the window as it is by default, on a real
 * broker: somebody else's job waits for a place of the node and for nothing of the backlog. Order
 * is counted and no time. {@code -Drelevo.fairness.jobs=100000} makes it the backlog that is
 * promised.
 */
class BacklogOnKafkaTest extends DispatcherOnKafka {
  private static final int BACKLOG = Integer.getInteger("relevo.fairness.jobs", 20_000);
  private static final int HOMES = 2;

  /** As many as {@link DispatcherOnKafka.Beating} says that it has. */
  private static final int CAPACITY = 4;

  /** Jobs of the backlog that end before the next single one comes. */
  private static final int BETWEEN = 50;

  private static final Duration LONGEST_READ = Duration.ofMinutes(3);

  private final Deque<Assignment> running = new ArrayDeque<>();

  @Test
  void aSingleJobIsDelayedByNoMoreThanOneTurnOfANode() throws Exception {
    for (int i = 0; i < BACKLOG; i++) {
      send(i % HOMES, "many-" + i, "many");
    }
    producer.flush();
    try (Beating node = beating("n1", 0)) {
      dispatcher("d-1");
      int left = BACKLOG;
      for (int i = 0; i < CAPACITY; i++) {
        given(node);
        left--;
      }
      awaitWaiting(left);
      for (int single = 0; single < 2 * HOMES; single++) {
        send(single % HOMES, "single-" + single, "other-" + single / HOMES);
        producer.flush();
        awaitWaiting(left + 1);

        int before = 0;
        while (!turn(node).job().startsWith("single-")) {
          before++;
          left--;
          assertThat(before)
              .as("jobs of the backlog that began before it")
              .isLessThan(CAPACITY + 1);
        }
        for (int i = 0; i < BETWEEN; i++) {
          assertThat(turn(node).job()).startsWith("many-");
          left--;
        }
      }
    }
  }

  private void send(int home, String job, String tenant) {
    ProducerRecord<String, byte[]> record =
        new ProducerRecord<>(topics.jobs(), home, job, utf8("{\"model\":\"m\"}"));
    record.headers().add(HeaderNames.TENANT, utf8(tenant));
    var _ = producer.send(record, (sent, failure) -> assertThat(failure).isNull());
  }

  /** The node ends the job that it has had for longest, and is given another one. */
  private Assignment turn(Beating node) {
    finish(running.remove(), AttemptOutcome.SUCCEEDED);
    return given(node);
  }

  private Assignment given(Beating node) {
    Assignment assignment = assignment(await(topics.assignments(), record -> true));
    node.runs(assignment);
    running.add(assignment);
    return assignment;
  }

  private void awaitWaiting(int jobs) {
    long endNanos = System.nanoTime() + LONGEST_READ.toNanos();
    while (waiting() != jobs && System.nanoTime() < endNanos) {
      countOf(topics.assignments(), record -> true);
    }
    assertThat(waiting()).isEqualTo(jobs);
  }

  private int waiting() {
    return (int)
        metrics.get("relevo.dispatcher.jobs.waiting").gauges().stream()
            .mapToDouble(Gauge::value)
            .sum();
  }
}
