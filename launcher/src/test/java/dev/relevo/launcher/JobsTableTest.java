package dev.relevo.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.common.protocol.AttemptReport;
import dev.relevo.common.protocol.JobStatus;
import dev.relevo.common.protocol.Lane;
import dev.relevo.common.protocol.StateRecord;
import dev.relevo.operator.KnownJob;
import dev.relevo.operator.fixture.KnownStates;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What {@code jobs} prints, without Kafka. */
class JobsTableTest {
  private static final long NOW_MS = KnownStates.NOW_MS;

  @Test
  void aRowTellsWhereAJobIs() {
    List<String> lines = new ArrayList<>();
    JobsTable table = new JobsTable(lines::add, NOW_MS);
    String id = "019b7684-1d00-7c3e-9d8a-7b1f5a2c9e04";
    table.add(new KnownJob(id, 3, KnownStates.job(0, JobStatus.RUNNING, "attic\u001b[31m")));
    table.end();

    assertThat(lines.get(1))
        .startsWith(id + "  running  jobs  3     attic\\u001b[31m  gemma3:4b  0")
        .contains("5s", "in 60s")
        .doesNotContain("\u001b");
  }

  @Test
  void detailsTellOfEveryAttempt() {
    StateRecord.Job state = KnownStates.job(0, JobStatus.QUEUED, null);
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
