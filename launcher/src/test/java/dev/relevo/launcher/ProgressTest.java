package dev.relevo.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class ProgressTest {
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8);
  private final AtomicLong nanos = new AtomicLong();

  private String printed() {
    return bytes.toString(StandardCharsets.UTF_8);
  }

  @Test
  void aBarMovesOnItsLine() {
    Progress progress = new Progress(out, true, 300, nanos::get);
    progress.at(1);
    progress.at(2);
    nanos.set(1_000_000_000);
    progress.at(150);
    nanos.set(2_000_000_000);
    progress.at(300);
    progress.end();

    assertThat(printed().split("\r"))
        .as("at once, after a while, and at the end")
        .hasSize(4)
        .anyMatch(text -> text.startsWith("[" + "#".repeat(15) + "-".repeat(15) + "] 150 of 300"))
        .anyMatch(text -> text.contains("300 of 300 (100 %), 150.0/s"));
    assertThat(printed()).endsWith("\n").containsOnlyOnce("\n");
  }

  @Test
  void whatIsSaidStandsAboveTheBar() {
    Progress progress = new Progress(out, true, 4, nanos::get);
    progress.passOver();
    progress.say("first");
    nanos.set(1_000_000_000);
    progress.at(2);
    progress.say("second");
    progress.end();

    assertThat(printed())
        .startsWith("first\n\r")
        .contains("2 of 4 (50 %), 1.0/s\u001b[K\r\u001b[Ksecond\n\r[####")
        .endsWith("1.0/s\u001b[K\n");
  }

  @Test
  void withoutATerminalThereIsALineAtEachTenth() {
    Progress progress = new Progress(out, false, 1_000, nanos::get);
    for (int i = 1; i <= 1_000; i++) {
      nanos.addAndGet(10_000_000);
      progress.at(i);
    }
    progress.end();

    assertThat(printed().lines()).hasSize(10).first().isEqualTo("100 of 1000 (10 %), 100.0/s");
    assertThat(printed()).doesNotContain("\r", "\u001b");
  }
}
