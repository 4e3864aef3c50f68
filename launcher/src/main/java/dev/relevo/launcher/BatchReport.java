package dev.relevo.launcher;

import java.util.Locale;

/** Counts what becomes of the lines, and tells people. */
final class BatchReport {
  /** Lines that went wrong and are told one by one; the rest stands in the answers. */
  static final int MOST_TOLD = 20;

  private final String file;
  private final Progress progress;
  private final long beganNanos;
  private long done;
  private long failed;
  private long cancelled;
  private long wrong;
  private long before;
  private long failedBefore;

  /**
   * @param file as the user named it
   */
  BatchReport(String file, Progress progress, long beganNanos) {
    this.file = file;
    this.progress = progress;
    this.beganNanos = beganNanos;
  }

  /** Says something that people should know. */
  void say(String sentence) {
    progress.say(sentence);
  }

  void done() {
    done++;
    moved();
  }

  void failed(BatchLine line, String code, String message) {
    failed++;
    tell(line, "failed: " + code + ", " + message);
    moved();
  }

  void cancelled(BatchLine line, String reason) {
    cancelled++;
    tell(line, "cancelled: " + reason);
    moved();
  }

  /** A line that is no job. */
  void wrong(BatchLine line, String reason) {
    wrong++;
    tell(line, reason);
    moved();
  }

  /** A line with an answer of an earlier run. */
  void before(boolean isWhole) {
    before++;
    if (!isWhole) {
      failedBefore++;
    }
    progress.passOver();
    moved();
  }

  /** Draws again, for the speed changes. */
  void refresh() {
    progress.at(handled());
  }

  private void moved() {
    progress.at(handled());
  }

  private void tell(BatchLine line, String what) {
    long problems = failed + cancelled + wrong;
    if (problems <= MOST_TOLD) {
      say("%s:%d: %s".formatted(file, line.number(), PlainText.line(what, 400)));
    } else if (problems == MOST_TOLD + 1) {
      say("More lines went wrong; from here on they are only counted.");
    }
  }

  private long handled() {
    return done + failed + cancelled + wrong + before;
  }

  /** Whether every line met has a whole answer. */
  boolean isAllDone() {
    return failed + cancelled + wrong + failedBefore == 0;
  }

  /** Whether there are answers that another run could make better. */
  boolean hasFailures() {
    return failed + cancelled + failedBefore > 0;
  }

  /** The last word. */
  String summary(long nowNanos) {
    double seconds = Math.max(0.001, (nowNanos - beganNanos) / 1e9);
    StringBuilder words = new StringBuilder();
    words.append(handled() == 1 ? "1 line: " : handled() + " lines: ").append(done).append(" done");
    add(words, failed, "failed");
    add(words, cancelled, "cancelled");
    add(words, wrong, "wrong");
    add(words, before, "answered before");
    if (failedBefore > 0) {
      words.append(" (").append(failedBefore).append(" of them failed)");
    }
    long ended = done + failed + cancelled;
    if (ended > 0) {
      words.append(
          String.format(Locale.ROOT, "; %.1f jobs a second in %.1f s", ended / seconds, seconds));
    }
    words.append('.');
    return words.toString();
  }

  private static void add(StringBuilder words, long count, String what) {
    if (count > 0) {
      words.append(", ").append(count).append(' ').append(what);
    }
  }

  /** Ends the bar. */
  void end() {
    progress.end();
  }
}
