package dev.relevo.dispatcher;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.common.protocol.Assignment;
import dev.relevo.common.protocol.AttemptOutcome;
import dev.relevo.common.protocol.DeadLetter;
import dev.relevo.common.protocol.HeaderNames;
import dev.relevo.common.protocol.JobStatus;
import dev.relevo.common.protocol.MessageCodec;
import dev.relevo.common.protocol.StateRecord;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Test;

/** A real dispatcher on a real broker, through the life of jobs, nodes and dispatchers. */
class DispatcherOnKafkaTest extends DispatcherOnKafka {

  @Test
  void routesAJobAndKeepsItsEnd() throws Exception {
    dispatcher("d-1");
    node("n1", 0);
    String job = submit("{\"model\":\"m\",\"messages\":[]}");

    ConsumerRecord<String, byte[]> given = await(topics.assignments(), byJob(job));
    Assignment assignment = Assignment.parse(given.key(), given.headers());
    assertThat(given.partition()).isZero();
    assertThat(assignment.model()).isEqualTo("m");
    assertThat(new String(given.value(), StandardCharsets.UTF_8))
        .isEqualTo("{\"model\":\"m\",\"messages\":[]}");

    finish(assignment, AttemptOutcome.SUCCEEDED);
    awaitState(job, JobStatus.SUCCEEDED);
  }

  @Test
  void laysBrokenRecordsAsideAndGoesOn() throws Exception {
    dispatcher("d-1");
    node("n1", 0);
    byte[] nonsense = {0, 1, 2, (byte) 0xff};
    var _ = producer.send(new ProducerRecord<>(topics.jobs(), 0, "broken", nonsense)).get();
    var _ = producer.send(new ProducerRecord<>(topics.jobs(), 0, null, nonsense)).get();
    var _ =
        producer
            .send(new ProducerRecord<>(topics.jobs(), 0, "fine", utf8("{\"model\":\"m\"}")))
            .get();

    ConsumerRecord<String, byte[]> letter = await(topics.dead(), record -> true);
    assertThat(letter.value()).isEqualTo(nonsense);
    DeadLetter dead =
        MessageCodec.decode(
            DeadLetter.class, letter.headers().lastHeader(HeaderNames.DEAD).value());
    assertThat(dead.message()).startsWith("the value is not JSON");
    await(topics.dead(), record -> record.key().endsWith(".jobs.1"));
    await(topics.assignments(), byJob("fine"));
  }

  @Test
  void takesAJobOverFromANodeThatFallsSilent() throws Exception {
    dispatcher("d-1");
    node("silent", 0);
    String job = submit("{\"model\":\"m\"}");
    Assignment first = assignment(await(topics.assignments(), byJob(job)));
    assertThat(first.node()).isEqualTo("silent");

    try (Beating other = beating("alive", 1)) {
      Assignment second =
          assignment(
              await(
                  topics.assignments(),
                  record -> byJob(job).test(record) && record.partition() == 1));
      assertThat(second.node()).isEqualTo("alive");
      assertThat(second.fence().isHigherThan(first.fence())).isTrue();
      assertThat(second.first()).isFalse();
      assertThat(other.failed()).isFalse();
    }
  }

  @Test
  void anotherDispatcherGoesOnWhereOneStopped() throws Exception {
    dispatcher("d-1");
    String done;
    String running;
    String waiting;
    try (Beating node = beating("n1", 0)) {
      done = submit("{\"model\":\"m\"}");
      finish(assignment(await(topics.assignments(), byJob(done))), AttemptOutcome.SUCCEEDED);
      awaitState(done, JobStatus.SUCCEEDED);
      running = submit("{\"model\":\"m\"}");
      Assignment kept = assignment(await(topics.assignments(), byJob(running)));
      node.runs(kept);
      waiting = submit("{\"model\":\"not-yet\"}");
      dispatchers.getFirst().close();

      dispatcher("d-2");
      finish(kept, AttemptOutcome.SUCCEEDED);
      awaitState(running, JobStatus.SUCCEEDED);
      node.serves("m", "not-yet");
      finish(assignment(await(topics.assignments(), byJob(waiting))), AttemptOutcome.SUCCEEDED);
      awaitState(waiting, JobStatus.SUCCEEDED);
    }
    assertThat(countOf(topics.assignments(), byJob(done))).isZero();
    assertThat(countOf(topics.assignments(), byJob(running))).isZero();
  }

  @Test
  void servesAHomeAgainThatALateOwnerOpened() throws Exception {
    dispatcher("d-1");
    node("n1", 0);
    String before = submitTo(0, "before");
    await(topics.assignments(), byJob(before));
    byte[] late = MessageCodec.encode(new StateRecord.Opened("late"));
    var _ =
        producer.send(new ProducerRecord<>(topics.state(), 0, StateRecord.OPENED_KEY, late)).get();
    await(topics.state(), record -> opener(record).equals("late"));

    await(topics.state(), record -> opener(record).equals("d-1") && record.partition() == 0);
    try (Beating node = beating("n1", 0)) {
      String after = submitTo(0, "after");
      Assignment given = assignment(await(topics.assignments(), byJob(after)));
      finish(given, AttemptOutcome.SUCCEEDED);
      awaitState(after, JobStatus.SUCCEEDED);
      assertThat(node.failed()).isFalse();
    }
  }

  private String submitTo(int home, String job) throws Exception {
    byte[] body = utf8("{\"model\":\"m\"}");
    var _ = producer.send(new ProducerRecord<>(topics.jobs(), home, job, body)).get();
    return job;
  }

  private static String opener(ConsumerRecord<String, byte[]> record) {
    boolean opened =
        record.topic().endsWith(".state") && StateRecord.OPENED_KEY.equals(record.key());
    return opened
            && MessageCodec.decode(StateRecord.class, record.value())
                instanceof StateRecord.Opened by
        ? by.dispatcher()
        : "";
  }

  @Test
  void twoDispatchersShareTheHomes() throws Exception {
    dispatcher("d-1");
    dispatcher("d-2");
    try (Beating node = beating("n1", 0)) {
      Set<String> jobs = new HashSet<>();
      for (int home = 0; home < 2; home++) {
        for (int i = 0; i < 20; i++) {
          String job = "job-" + home + "-" + i;
          jobs.add(job);
          var _ =
              producer.send(
                  new ProducerRecord<>(topics.jobs(), home, job, utf8("{\"model\":\"m\"}")));
        }
      }
      while (!jobs.isEmpty()) {
        Assignment next =
            assignment(await(topics.assignments(), record -> jobs.contains(record.key())));
        jobs.remove(next.job());
        finish(next, AttemptOutcome.SUCCEEDED);
      }
      assertThat(node.failed()).isFalse();
    }
  }
}
