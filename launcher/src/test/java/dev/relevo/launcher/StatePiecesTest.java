package dev.relevo.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.relevo.common.protocol.AttemptReport;
import dev.relevo.common.protocol.JobStatus;
import dev.relevo.common.protocol.Lane;
import dev.relevo.common.protocol.MessageCodec;
import dev.relevo.common.protocol.StateRecord;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The pieces of which {@code jobs} and {@code cancel} are made, without Kafka. */
class StatePiecesTest {
  private static final long NOW_MS = 1_767_225_650_000L;

  static StateRecord.Job job(long epoch, JobStatus status, @Nullable String node) {
    return new StateRecord.Job(
        epoch,
        status,
        Lane.JOBS,
        7,
        "0." + epoch + ".1",
        node,
        node == null ? null : node + "-1",
        node == null ? null : "gemma3:4b",
        null,
        true,
        0,
        List.of(),
        "relevo.replies.x",
        NOW_MS + 60_000,
        null,
        null,
        0,
        NOW_MS - 5_000,
        null,
        null,
        Map.of());
  }

  private static ConsumerRecord<String, byte[]> record(
      long offset, String key, @Nullable StateRecord value) {
    return new ConsumerRecord<>(
        "relevo.state", 0, offset, key, value == null ? null : MessageCodec.encode(value));
  }

  private static ConsumerRecord<String, byte[]> tombstone(long offset, String key, long epoch) {
    ConsumerRecord<String, byte[]> record = record(offset, key, null);
    record.headers().add("relevo-epoch", Long.toString(epoch).getBytes(StandardCharsets.UTF_8));
    return record;
  }

  private static ConsumerRecord<String, byte[]> opened(long offset) {
    return record(offset, StateRecord.OPENED_KEY, new StateRecord.Opened("d"));
  }

  private static @Nullable JobStatus after(List<ConsumerRecord<String, byte[]>> records) {
    StateFold fold = new StateFold(Set.of("a"));
    StateIndex index = new StateIndex(10);
    records.forEach(record -> {
      fold.take(record);
      index.read(StateEntry.of(record), record.offset());
    });
    List<KnownJob> known = fold.of("a");
    // The two ways to read state agree on which record counts.
    records.stream()
        .filter(record -> record.value() != null && "a".equals(record.key()))
        .filter(record -> index.counts("a", record.offset()))
        .forEach(record -> assertThat(StateEntry.job(record)).isEqualTo(known.getFirst()));
    return known.isEmpty() ? null : known.getFirst().state().status();
  }

  @Test
  void theLastRecordCounts() {
    assertThat(
            after(
                List.of(
                    opened(0),
                    record(1, "a", job(0, JobStatus.ASSIGNED, "attic")),
                    record(2, "b", job(0, JobStatus.ASSIGNED, "attic")),
                    record(3, "a", job(0, JobStatus.SUCCEEDED, null)))))
        .isEqualTo(JobStatus.SUCCEEDED);
  }

  @Test
  void aRecordBehindOneOfAHigherEpochIsVoid() {
    assertThat(
            after(
                List.of(
                    opened(0),
                    record(1, "a", job(0, JobStatus.ASSIGNED, "attic")),
                    opened(2),
                    record(3, "a", job(2, JobStatus.SUCCEEDED, null)),
                    record(4, "a", job(0, JobStatus.RUNNING, "attic")))))
        .isEqualTo(JobStatus.SUCCEEDED);
    assertThat(
            after(
                List.of(
                    opened(0),
                    record(1, "a", job(0, JobStatus.SUCCEEDED, null)),
                    opened(2),
                    tombstone(3, "a", 0))))
        .describedAs("the earlier owner may not forget it any more")
        .isEqualTo(JobStatus.SUCCEEDED);
  }

  @Test
  void whereCompactionLeftOnlyAVoidRecordItIsBetterThanNone() {
    assertThat(after(List.of(opened(5), record(6, "a", job(0, JobStatus.RUNNING, "attic")))))
        .isEqualTo(JobStatus.RUNNING);
  }

  @Test
  void aForgottenJobIsNotThere() {
    assertThat(
            after(
                List.of(
                    opened(0),
                    record(1, "a", job(0, JobStatus.SUCCEEDED, null)),
                    tombstone(2, "a", 0))))
        .isNull();
  }

  @Test
  void scribbleIsPassedOver() {
    ConsumerRecord<String, byte[]> noJson =
        new ConsumerRecord<>("relevo.state", 0, 2, "a", new byte[] {1, 2, 3});
    ConsumerRecord<String, byte[]> noKey = new ConsumerRecord<>("relevo.state", 0, 3, null, null);

    assertThat(after(List.of(record(1, "a", job(0, JobStatus.RUNNING, "n")), noJson, noKey)))
        .isEqualTo(JobStatus.RUNNING);
  }

  @Test
  void anIndexGrowsToItsBound() {
    StateIndex index = new StateIndex(5_000);
    for (int i = 0; i < 5_000; i++) {
      index.read(new StateEntry(StateEntry.Kind.JOB, "job-" + i, 0), i);
    }
    for (int i = 0; i < 5_000; i++) {
      assertThat(index.counts("job-" + i, i)).isTrue();
    }
    StateEntry more = new StateEntry(StateEntry.Kind.JOB, "more", 0);
    assertThatThrownBy(() -> index.read(more, 9)).hasMessageContaining("5000");
  }

  @Test
  void aRowTellsWhereAJobIs() {
    List<String> lines = new ArrayList<>();
    JobsTable table = new JobsTable(lines::add, NOW_MS);
    String id = "019b7684-1d00-7c3e-9d8a-7b1f5a2c9e04";
    table.add(new KnownJob(id, 3, job(0, JobStatus.RUNNING, "attic\u001b[31m")));
    table.end();

    assertThat(lines.get(1))
        .startsWith(id + "  running  jobs  3     attic\\u001b[31m  gemma3:4b  0")
        .contains("5s", "in 60s")
        .doesNotContain("\u001b");
  }

  @Test
  void whatNeverEndedComesFirstAndThenTheNewest() {
    KnownJob ended = new KnownJob("e", 0, job(0, JobStatus.DEAD, null));
    KnownJob live = new KnownJob("l", 0, job(0, JobStatus.PARKED, null));

    assertThat(List.of(ended, live).stream().sorted(KnownJob.NEWEST_FIRST))
        .containsExactly(live, ended);
  }

  @Test
  void detailsTellOfEveryAttempt() {
    StateRecord.Job state = job(0, JobStatus.QUEUED, null);
    AttemptReport attempt =
        new AttemptReport(
            "0.0.1", "attic", "i", null, "m", "node_lost", "attic is\u0007gone", NOW_MS, NOW_MS);
    StateRecord.Job retried =
        new StateRecord.Job(
            0,
            JobStatus.QUEUED,
            Lane.BATCH,
            7,
            "0.0.1",
            null,
            null,
            null,
            null,
            true,
            1,
            List.of(attempt),
            null,
            state.deadlineMs(),
            NOW_MS + 30_000,
            null,
            NOW_MS + 2_000,
            NOW_MS - 1_000,
            null,
            null,
            Map.of());

    KnownJob job = new KnownJob("x", 1, retried);

    assertThat(JobDetails.lines(job, NOW_MS))
        .contains(
            "State    queued since " + DeadTable.when(NOW_MS - 1_000) + " (1s ago)",
            "Model    m",
            "Answer   goes nowhere",
            "Used     1 attempt",
            "  1  node attic: node_lost",
            "     attic is\ufffdgone")
        .anyMatch(line -> line.startsWith("Next try ") && line.endsWith("(in 2s)"))
        .anyMatch(line -> line.startsWith("Max wait ") && line.endsWith("(in 30s)"));
    assertThat(job.code()).isEqualTo("node_lost");
  }

  @Test
  void agesAreSaidAsPeopleSayThem() {
    assertThat(List.of(Ages.of(-5), Ages.of(119_000), Ages.of(120_000), Ages.of(7_200_000)))
        .containsExactly("0s", "119s", "2m", "2h");
    assertThat(Ages.of(Duration.ofDays(3).toMillis())).isEqualTo("3d");
  }
}
