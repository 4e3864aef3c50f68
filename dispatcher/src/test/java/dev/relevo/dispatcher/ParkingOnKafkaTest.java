package dev.relevo.dispatcher;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.common.kafka.KafkaAccess;
import dev.relevo.common.kafka.KafkaClients;
import dev.relevo.common.protocol.Assignment;
import dev.relevo.common.protocol.AttemptOutcome;
import dev.relevo.common.protocol.DeadLetter;
import dev.relevo.common.protocol.FailureCodes;
import dev.relevo.common.protocol.HeaderNames;
import dev.relevo.common.protocol.JobStatus;
import dev.relevo.common.protocol.MessageCodec;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

/** Jobs that nobody serves, on a real broker: they hold nothing up, and nothing is lost. */
class ParkingOnKafkaTest extends DispatcherOnKafka {
  private static final int WINDOW = 8;

  @Override
  Map<String, String> more() {
    return Map.of("RELEVO_DISPATCHER_WINDOW", Integer.toString(WINDOW));
  }

  @Test
  void jobsForAMissingModelHoldNothingUpAndRunWhenItComes() throws Exception {
    dispatcher("d-1");
    try (Beating node = beating("n1", 0)) {
      // Before its first beat is read nobody serves the others either: some would be parked, and
      // those behind them, whose bodies are there, would go first.
      List<String> known = submitAll("m", 1);
      runAll(known);
      List<String> missing = submitAll("missing", 3 * WINDOW);
      List<String> served = submitAll("m", 2 * WINDOW);
      runAll(served);
      missing.forEach(job -> awaitState(job, JobStatus.PARKED));
      // What has not heard of an end commits only to there.
      served.forEach(job -> awaitState(job, JobStatus.SUCCEEDED));

      dispatchers.getFirst().close();
      assertThat(committed()).isEqualTo(known.size() + missing.size() + served.size());
      dispatcher("d-2");
      List<String> later = submitAll("m", 1);
      runAll(later);

      node.serves("m", "missing");
      runAll(missing);
      missing.forEach(job -> awaitState(job, JobStatus.SUCCEEDED));
    }
  }

  @Test
  void aJobWhoseRecordWasDeletedMeanwhileFailsAndSaysSo() throws Exception {
    dispatcher("d-1");
    String lost = submitAll("missing", 1).getFirst();
    String kept = submitAll("missing", 1).getFirst();
    submitAll("missing", WINDOW);
    awaitState(kept, JobStatus.PARKED);
    TopicPartition lane = new TopicPartition(topics.jobs(), 0);
    try (Admin admin = clients().admin("test-retention")) {
      admin.deleteRecords(Map.of(lane, RecordsToDelete.beforeOffset(1))).all().get();
    }

    try (Beating node = beating("n1", 0)) {
      node.serves("missing");

      ConsumerRecord<String, byte[]> letter = await(topics.dead(), record -> true);
      DeadLetter dead =
          MessageCodec.decode(
              DeadLetter.class, letter.headers().lastHeader(HeaderNames.DEAD).value());
      assertThat(dead.job()).isEqualTo(lost);
      assertThat(dead.code()).isEqualTo(FailureCodes.RECORD_GONE);
      awaitState(lost, JobStatus.DEAD);
      finish(assignment(await(topics.assignments(), byJob(kept))), AttemptOutcome.SUCCEEDED);
    }
  }

  private List<String> submitAll(String model, int count) throws Exception {
    List<String> jobs = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      String job = model + "-" + System.nanoTime();
      byte[] body = utf8("{\"model\":\"" + model + "\",\"job\":\"" + job + "\"}");
      var _ = producer.send(new ProducerRecord<>(topics.jobs(), 0, job, body)).get();
      jobs.add(job);
    }
    return jobs;
  }

  /**
   * Takes all jobs, looks at their bodies, and says that they succeeded. Their order is not fixed:
   * a full window parks one, and the next, whose body is there, may pass it.
   */
  private void runAll(List<String> jobs) {
    List<String> ran = new ArrayList<>();
    while (ran.size() < jobs.size()) {
      ConsumerRecord<String, byte[]> given = await(topics.assignments(), record -> true);
      Assignment assignment = assignment(given);
      assertThat(new String(given.value(), StandardCharsets.UTF_8)).contains(assignment.job());
      ran.add(assignment.job());
      finish(assignment, AttemptOutcome.SUCCEEDED);
    }
    assertThat(ran).containsExactlyInAnyOrderElementsOf(jobs);
  }

  private long committed() throws Exception {
    try (Admin admin = clients().admin("test-offsets")) {
      return admin
          .listConsumerGroupOffsets(topics.dispatcherGroup())
          .partitionsToOffsetAndMetadata()
          .get()
          .get(new TopicPartition(topics.jobs(), 0))
          .offset();
    }
  }

  private KafkaClients clients() {
    return new KafkaClients(KafkaAccess.to(settings.kafka().bootstrapServers()));
  }
}
