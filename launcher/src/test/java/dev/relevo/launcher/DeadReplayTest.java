package dev.relevo.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.common.protocol.JobStatus;
import dev.relevo.common.protocol.MessageCodec;
import dev.relevo.common.protocol.ReplyRecord;
import dev.relevo.common.protocol.StateRecord;
import dev.relevo.testkit.HouseOptions;
import dev.relevo.testkit.RelevoHouse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A dead letter's way back, through a dispatcher and a node. */
@Timeout(180)
class DeadReplayTest extends DeadOnKafka {

  /** With a model that answers, and one that always breaks off half way. */
  private RelevoHouse house() {
    HouseOptions options = lonelyHouse().withSetting("dispatcher.retry.max-attempts", "2");
    RelevoHouse house = RelevoHouse.start(options);
    house.model("echo").answers("Hello");
    house.model("echo-fail").answers("Hello you").failsAtChunk(1);
    // Jobs may wait already, and ask for what is scripted.
    house.startNode("attic");
    return house;
  }

  private void awaitEnd(String job, JobStatus status) {
    await(names.state(), record -> job.equals(record.key()) && status == status(record));
  }

  private static JobStatus status(ConsumerRecord<String, byte[]> record) {
    return record.value() != null
            && MessageCodec.decode(StateRecord.class, record.value()) instanceof StateRecord.Job job
        ? job.status()
        : null;
  }

  private long assignments(String job) {
    return all(names.assignments()).stream().filter(record -> job.equals(record.key())).count();
  }

  @Test
  void aDeadJobRunsAgainOnceWithAnotherModel() throws Exception {
    String job;
    try (RelevoHouse _ = house()) {
      job = printed("submit", "--detach", "-m", "echo-fail", "Hello").strip();
      awaitEnd(job, JobStatus.DEAD);
    }
    assertThat(printed("dead", "list", "--json", "--model", "echo-*"))
        .contains("\"job\":\"" + job, "\"attempts\":2", "\"replayable\":true");
    assertThat(printed("dead", "show", job))
        .contains("attempts_exhausted", "node attic", "model echo-fail", "Replay  yes");
    assertThat(assignments(job)).isEqualTo(2);

    // Nobody takes them meanwhile, so both runs find the letter.
    printed("dead", "replay", "--to-model", "echo", job);
    printed("dead", "replay", "--to-model", "echo", job);
    assertThat(all(names.jobs())).hasSize(3);
    try (RelevoHouse _ = house()) {
      awaitEnd(job, JobStatus.SUCCEEDED);
      await(names.dead(), record -> record.value() == null);
      assertThat(printed("dead", "list", "--json")).isEmpty();

      TestTerminal third = terminal();
      assertThat(third.run("dead", "replay")).isEqualTo(ExitCode.DONE);
      assertThat(third.err()).contains("No dead letters to run again");
      // A job behind the second replay, in the same home: when it is done, so is that.
      int home = await(names.jobs(), record -> job.equals(record.key())).partition();
      byte[] body = "{\"model\":\"echo\",\"messages\":[]}".getBytes(StandardCharsets.UTF_8);
      write(List.of(new ProducerRecord<>(names.jobs(), home, "behind", body)));
      awaitEnd("behind", JobStatus.SUCCEEDED);
    }
    assertThat(assignments(job)).as("two attempts, and one of the first replay").isEqualTo(3);
    assertThat(all(names.replies(job)))
        .extracting(record -> MessageCodec.decode(ReplyRecord.class, record.value()))
        .last()
        .isInstanceOfSatisfying(
            ReplyRecord.Done.class, done -> assertThat(done.model()).isEqualTo("echo"));
  }
}
