package dev.relevo.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.common.config.SettingsLoader;
import dev.relevo.common.protocol.JobStatus;
import dev.relevo.common.protocol.MessageCodec;
import dev.relevo.common.protocol.ReplyRecord;
import dev.relevo.common.protocol.StateRecord;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A dead letter's way back, through a real dispatcher and a real node. */
@Timeout(180)
class DeadReplayTest extends DeadOnKafka {

  private DispatcherPart dispatcher() throws Exception {
    DispatcherPart dispatcher = DispatcherPart.start(settings, new SimpleMeterRegistry());
    dispatcher.awaitReady();
    return dispatcher;
  }

  private NodePart node() throws Exception {
    NodePart node =
        NodePart.start(settings.kafka(), settings.node(), Map.of(), new SimpleMeterRegistry());
    node.awaitReady();
    return node;
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
    environment.put("RELEVO_NODE_ID", "attic");
    environment.put("RELEVO_NODE_BACKENDS_0_TYPE", "echo");
    environment.put("RELEVO_DISPATCHER_RETRY_MAX_ATTEMPTS", "2");
    environment.put("RELEVO_DISPATCHER_RETRY_INITIAL_BACKOFF", "100ms");
    settings = new SettingsLoader().load(null, environment);
    try (NodePart _ = node()) {
      String job;
      try (DispatcherPart _ = dispatcher()) {
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
      try (DispatcherPart _ = dispatcher()) {
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
}
