package dev.relevo.bench;

/** One of the ways that are measured against one another, in the same run, by turns. */
interface Contender extends AutoCloseable {

  /** The name in the report. */
  String name();

  /**
   * One request, alone.
   *
   * @return nanoseconds from asking to the first piece of the answer
   */
  long firstAnswerNanos() throws InterruptedException;

  /**
   * Many requests, a number of them under way at any time.
   *
   * @return nanoseconds from the first request to the last answer
   */
  long manyNanos(int requests, int inFlight) throws InterruptedException;

  @Override
  void close();
}
