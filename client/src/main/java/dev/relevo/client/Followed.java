package dev.relevo.client;

/**
 * One who follows a job's answer.
 *
 * @param job takes the records
 * @param from the first offset that may hold a record of it
 * @param endsBefore the answer has ended before this offset, or part of it is gone; {@link
 *     Long#MAX_VALUE} where it may go on
 */
record Followed(OpenJob job, long from, long endsBefore) {
  String key() {
    return job.id();
  }

  /** Two may follow the same job: each is itself. */
  @Override
  public boolean equals(Object other) {
    return this == other;
  }

  @Override
  public int hashCode() {
    return System.identityHashCode(this);
  }
}
