package dev.relevo.launcher;

import java.io.PrintStream;

/** Prints many lines in few writes. Closing writes the rest and leaves the stream open. */
final class LineOutput implements AutoCloseable {
  private static final int BATCH_CHARACTERS = 32_768;

  private final PrintStream out;
  private final StringBuilder batch = new StringBuilder();

  LineOutput(PrintStream out) {
    this.out = out;
  }

  void print(String line) {
    batch.append(line).append(System.lineSeparator());
    if (batch.length() >= BATCH_CHARACTERS) {
      flush();
    }
  }

  /** False once the reader is gone, as {@code head} goes; that shows when a batch is written. */
  boolean isListening() {
    return !batch.isEmpty() || !out.checkError();
  }

  @Override
  public void close() {
    flush();
  }

  void flush() {
    out.print(batch);
    out.flush();
    batch.setLength(0);
  }
}
