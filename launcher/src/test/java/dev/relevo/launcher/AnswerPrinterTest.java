package dev.relevo.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.common.protocol.Delta;
import dev.relevo.common.protocol.Fence;
import dev.relevo.common.protocol.FinishReason;
import dev.relevo.common.protocol.ReplyRecord;
import dev.relevo.common.protocol.Usage;
import dev.relevo.common.reply.ReplyStep;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.Test;

class AnswerPrinterTest {
  private final TestTerminal terminal = new TestTerminal();
  private final Deque<String> notes = new ArrayDeque<>(List.of("It waits.", ""));
  private final AnswerPrinter printer =
      new AnswerPrinter(terminal.terminal(), false, notes::removeFirst);

  private static ReplyStep claimed(String node) {
    return new ReplyStep.Claimed(Fence.parse("0.1.1"), node);
  }

  private static ReplyStep text(long seq, String text) {
    return new ReplyStep.Appended(seq, 0, Delta.text(text));
  }

  private static ReplyStep done(int attempts) {
    return new ReplyStep.Ended(
        new ReplyRecord.Done(1, FinishReason.STOP, new Usage(3, 2), "ollama", "gemma", attempts));
  }

  @Test
  void onlyTheAnswerGoesToStandardOutput() {
    printer.step(claimed("node-1"));
    printer.step(new ReplyStep.Appended(0, 0, Delta.reasoning("hm")));
    printer.step(text(1, "Hello "));
    printer.step(text(2, "you"));
    printer.step(done(1));

    assertThat(terminal.out()).isEqualTo("Hello you\n");
    assertThat(terminal.err()).contains("node-1", "hm", "gemma on ollama", "2 tokens");
    assertThat(printer.exitCode()).isEqualTo(ExitCode.DONE);
  }

  @Test
  void nothingSteersTheTerminal() {
    printer.step(claimed("n\u001b[2J"));
    printer.step(new ReplyStep.Appended(0, 0, Delta.reasoning("r\u009b31m")));
    printer.step(text(1, "a\u001b]0;title\u0007\tb\r\u202ec \ud83d\udc68\u200d\ud83d\udc69\n"));
    printer.step(new ReplyStep.Ended(new ReplyRecord.Failed("c\u001b", "m\u0008", 1)));

    assertThat(terminal.out())
        .isEqualTo("a\\u001b]0;title\\u0007\tb\\u000d\\u202ec \ud83d\udc68\u200d\ud83d\udc69\n");
    assertThat(terminal.err()).doesNotContain("\u001b", "\u009b", "\u0008");
  }

  @Test
  void jsonStaysTheSameJson() {
    AnswerPrinter lines = new AnswerPrinter(terminal.terminal(), true, () -> "");
    byte[] value = "{\"a\":\"\u009b\u202e\"}".getBytes(StandardCharsets.UTF_8);

    lines.record(new ConsumerRecord<>("t", 0, 0, "k", value));

    assertThat(terminal.out()).isEqualTo("{\"a\":\"\\u009b\\u202e\"}\n");
  }

  @Test
  void textIsPrintedAsItComes() {
    printer.step(text(0, "Hel"));

    assertThat(terminal.out()).isEqualTo("Hel");
  }

  @Test
  void aHandOverIsToldAndBreaksNothing() {
    printer.step(claimed("node-1"));
    printer.step(text(0, "Hello "));
    printer.step(claimed("node-2"));
    printer.step(text(1, "you"));
    printer.step(done(2));

    assertThat(terminal.out().replace("\n", "")).isEqualTo("Hello you");
    assertThat(terminal.err()).contains("Node node-2 goes on", "2 attempts");
  }

  @Test
  void failureAndCancelAreNoSuccess() {
    printer.step(new ReplyStep.Ended(new ReplyRecord.Failed("backend_error", "It broke.", 3)));
    assertThat(printer.exitCode()).isEqualTo(ExitCode.FAILED);
    assertThat(terminal.err()).contains("backend_error", "It broke.");

    printer.step(new ReplyStep.Ended(new ReplyRecord.Cancelled("no need")));
    assertThat(printer.exitCode()).isEqualTo(ExitCode.FAILED);
    assertThat(terminal.err()).contains("no need");
    assertThat(terminal.out()).isEmpty();
  }

  @Test
  void silenceIsExplainedOnceAndOnlyBeforeANodeHasBegun() {
    printer.silent();
    printer.silent();
    printer.step(claimed("node-1"));
    printer.silent();

    assertThat(terminal.err()).containsOnlyOnce("It waits.");
    assertThat(notes).isEmpty();
  }

  @Test
  void programsGetTheRecordsAndNothingElse() {
    AnswerPrinter json = new AnswerPrinter(terminal.terminal(), true, () -> "");
    byte[] value = "{\"type\":\"chunk\"}".getBytes(StandardCharsets.UTF_8);

    json.record(new ConsumerRecord<>("t", 0, 0, "job", value));
    json.step(text(0, "Hello"));
    json.step(done(1));

    assertThat(terminal.out()).isEqualTo("{\"type\":\"chunk\"}\n");
  }
}
