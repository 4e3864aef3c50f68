package dev.relevo.dispatcher.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.relevo.common.protocol.JobStatus;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** A job's life; {@code -Drelevo.docs=write} rewrites its part of docs/states.md. */
class JobLifeTest {
  private static final Path DOCUMENT = Path.of("..", "docs", "states.md");
  private static final String BEGIN = "<!-- generated: job -->\n";
  private static final String END = "<!-- end of generated: job -->";

  @Test
  void refusesWhatTheTableDoesNotKnowAndTellsWhatWasBefore() {
    JobLife life = new JobLife(JobStatus.QUEUED);
    life.apply(JobTrigger.ASSIGNED, "a");
    life.apply(JobTrigger.LOST, "a");
    life.apply(JobTrigger.ASSIGNED, "a");

    assertThatThrownBy(() -> life.apply(JobTrigger.PARKED, "a"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage(
            "job a is ASSIGNED, where PARKED cannot happen; before: [ASSIGNED, LOST, ASSIGNED]");
    assertThat(life.status()).isEqualTo(JobStatus.ASSIGNED);
  }

  @Test
  void remembersTheLastSixteenOfManyTriggers() {
    JobLife life = new JobLife(JobStatus.QUEUED);
    for (int i = 0; i < 100; i++) {
      life.apply(JobTrigger.PARKED, "a");
      life.apply(JobTrigger.UNPARKED, "a");
    }

    assertThat(life.toString().split(", ")).hasSize(16);
    assertThat(life.toString()).startsWith("[PARKED, UNPARKED").endsWith("PARKED, UNPARKED]");
  }

  @Test
  void noTerminalStatusBecomesAnother() {
    for (JobStatus from : JobStatus.values()) {
      for (JobStatus to : JobStatus.values()) {
        if (from.isTerminal() && to.isTerminal()) {
          assertThatThrownBy(() -> new JobLife(from).apply(JobLife.ending(to), "a"))
              .isInstanceOf(IllegalStateException.class);
        }
      }
    }
  }

  @Test
  void theDocumentShowsTheTable() throws Exception {
    String table =
        JobLife.TABLE.mermaid(JobTrigger::label)
            + "\n"
            + JobLife.TABLE.markdown(JobTrigger::label, JobTrigger::meaning);
    String document = Files.readString(DOCUMENT);
    int from = document.indexOf(BEGIN) + BEGIN.length();
    int to = document.indexOf(END);
    if ("write".equals(System.getProperty("relevo.docs"))) {
      Files.writeString(DOCUMENT, document.substring(0, from) + table + document.substring(to));
      document = Files.readString(DOCUMENT);
      to = document.indexOf(END);
    }

    assertThat(document.substring(from, to))
        .as("docs/states.md; -Drelevo.docs=write rewrites it")
        .isEqualTo(table);
  }
}
