package dev.relevo.dispatcher;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.common.protocol.Assignment;
import dev.relevo.common.protocol.AttemptOutcome;
import dev.relevo.common.protocol.HeaderNames;
import io.micrometer.core.instrument.Gauge;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Test;

/** One tenant's backlog, much larger than the window, on a real broker. */
class FairnessOnKafkaTest extends DispatcherOnKafka {
  private static final int BACKLOG = 1_000;
  private static final int PLACES = 4;

  @Override
  Map<String, String> more() {
    return Map.of("RELEVO_DISPATCHER_WINDOW", "100");
  }

  @Test
  void whoComesBehindABacklogIsNext() throws Exception {
    for (int i = 0; i < BACKLOG; i++) {
      send("many-" + i, "many");
    }
    send("single", "one");
    producer.flush();
    try (Beating node = beating("n1", 0)) {
      dispatcher("d-1");
      Deque<Assignment> running = new ArrayDeque<>();
      for (int i = 0; i < PLACES; i++) {
        running.add(given(node));
      }
      awaitWaiting(BACKLOG + 1 - PLACES);

      finish(running.remove(), AttemptOutcome.SUCCEEDED);
      Assignment next = given(node);
      assertThat(next.job()).isEqualTo("single");
      running.add(next);

      for (int i = PLACES; i < BACKLOG; i++) {
        finish(running.remove(), AttemptOutcome.SUCCEEDED);
        running.add(given(node));
        assertThat(running.getLast().job()).isEqualTo("many-" + i);
      }
    }
  }

  private void send(String job, String tenant) {
    ProducerRecord<String, byte[]> record =
        new ProducerRecord<>(topics.jobs(), 0, job, utf8("{\"model\":\"m\"}"));
    record.headers().add(HeaderNames.TENANT, utf8(tenant));
    var _ = producer.send(record, (sent, failure) -> assertThat(failure).isNull());
  }

  private Assignment given(Beating node) {
    Assignment assignment = assignment(await(topics.assignments(), record -> true));
    node.runs(assignment);
    return assignment;
  }

  private void awaitWaiting(int jobs) {
    long endNanos = System.nanoTime() + LONGEST_WAIT.toNanos();
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
