package dev.relevo.launcher;

import java.io.PrintStream;

/** Answers to standard output. What was printed is gone: nobody can go on from there. */
record AnswerPipe(PrintStream out) implements AnswerSink {
  @Override
  public void append(byte[] line) {
    out.write(line, 0, line.length);
    out.write('\n');
    out.flush();
    if (out.checkError()) {
      throw CommandProblem.failed("Nobody reads the answers any more.");
    }
  }

  @Override
  public void close() {
    out.flush();
  }
}
