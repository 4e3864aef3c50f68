package dev.relevo.launcher;

/** Where the answers of many jobs go, line by line. */
sealed interface AnswerSink extends AutoCloseable permits AnswerFile, AnswerPipe {
  /**
   * Writes a line; when this returns, the answer outlives this process.
   *
   * @param line without its end
   * @throws CommandProblem when it cannot be written
   */
  void append(byte[] line);

  @Override
  void close();
}
