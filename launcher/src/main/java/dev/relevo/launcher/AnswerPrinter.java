package dev.relevo.launcher;

import dev.relevo.common.protocol.Delta;
import dev.relevo.common.protocol.ReplyRecord;
import dev.relevo.common.protocol.Usage;
import dev.relevo.common.reply.ReplyStep;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;

/**
 * Prints an answer as it comes: the text to standard output, everything else to standard error. Or,
 * for programs, each reply record to standard output as a line of JSON.
 */
final class AnswerPrinter implements AnswerReader.Listener {
  private final PrintStream out;
  private final PrintStream err;
  private final boolean json;

  /** Whether the answer goes where nothing can be steered by it: then it stays as it is. */
  private final boolean exact;

  private final Supplier<String> whenSilent;
  private boolean lineOpen;
  private boolean claimed;
  private int exitCode = ExitCode.FAILED;

  /**
   * @param whenSilent what to say when nothing came for a while and no node has begun yet
   */
  AnswerPrinter(Terminal terminal, boolean json, Supplier<String> whenSilent) {
    this.exact = terminal.outIsFile();
    this.out = terminal.out();
    this.err = terminal.err();
    this.json = json;
    this.whenSilent = whenSilent;
  }

  @Override
  public void record(ConsumerRecord<String, byte[]> record) {
    if (json && record.value() != null) {
      // The same JSON, for whoever reads it, and harmless where a person does.
      out.println(PlainText.line(new String(record.value(), StandardCharsets.UTF_8)));
    }
  }

  @Override
  public void step(ReplyStep step) {
    switch (step) {
      case ReplyStep.Nothing nothing -> {}
      case ReplyStep.Claimed started -> claimed(started);
      case ReplyStep.Appended appended -> append(appended.delta());
      case ReplyStep.Restarted restarted -> {
        note("The answer begins anew; what was printed so far does not count.");
        if (restarted.then() != null) {
          step(restarted.then());
        }
      }
      case ReplyStep.Ended ended -> end(ended.terminal());
    }
  }

  @Override
  public void silent() {
    if (!claimed) {
      String news = whenSilent.get();
      if (!news.isEmpty()) {
        note(news);
      }
    }
  }

  /** False once the reader of standard output is gone, as {@code head} goes. */
  @Override
  public boolean isListening() {
    return !out.checkError();
  }

  /** The exit code that the end of the answer asks for. */
  int exitCode() {
    return exitCode;
  }

  /** Says something beside the answer, on a line of its own. */
  void note(String sentence) {
    closeLine();
    err.println(PlainText.line(sentence));
  }

  private void claimed(ReplyStep.Claimed started) {
    String node = started.node();
    note(claimed ? "Node " + node + " goes on with it." : "Node " + node + " has begun.");
    claimed = true;
  }

  private void append(Delta delta) {
    if (json) {
      return;
    }
    if (delta.reasoning() != null) {
      err.print(PlainText.text(delta.reasoning()));
      err.flush();
    }
    print(delta.content());
    print(delta.refusal());
  }

  private void print(@Nullable String text) {
    if (text != null && !text.isEmpty()) {
      out.print(exact ? text : PlainText.text(text));
      out.flush();
      lineOpen = !text.endsWith("\n");
    }
  }

  private void end(ReplyRecord terminal) {
    closeLine();
    switch (terminal) {
      case ReplyRecord.Done done -> {
        err.println(PlainText.line(summary(done)));
        exitCode = ExitCode.DONE;
      }
      case ReplyRecord.Failed failed ->
          err.println(
              PlainText.text("The job failed (" + failed.code() + "): " + failed.message()));
      case ReplyRecord.Cancelled cancelled ->
          err.println(PlainText.text("The job was cancelled: " + cancelled.reason()));
      case ReplyRecord.Started started -> throw notATerminal(started);
      case ReplyRecord.Resumed resumed -> throw notATerminal(resumed);
      case ReplyRecord.Chunk chunk -> throw notATerminal(chunk);
    }
  }

  private static IllegalStateException notATerminal(ReplyRecord record) {
    return new IllegalStateException("an answer cannot end with " + record);
  }

  private static String summary(ReplyRecord.Done done) {
    StringBuilder line = new StringBuilder("Done: ");
    line.append(done.model()).append(" on ").append(done.backend());
    Usage usage = done.usage();
    if (usage != null) {
      line.append(", ").append(usage.completionTokens()).append(" tokens");
    }
    String reason = done.finishReason().toString().toLowerCase(Locale.ROOT);
    if (!reason.equals("stop")) {
      line.append(", stopped because of ").append(reason);
    }
    if (done.attempts() > 1) {
      line.append(", ").append(done.attempts()).append(" attempts");
    }
    return line.append('.').toString();
  }

  private void closeLine() {
    if (lineOpen) {
      out.println();
      lineOpen = false;
    }
  }
}
