package dev.relevo.bench;

import org.jspecify.annotations.Nullable;

/**
 * What to measure.
 *
 * @param bootstrap Kafka's address; null starts a broker in this JVM, with data of its own
 * @param rounds how often every contender has its turn, 1 or more
 * @param requests requests one at a time in a round, 1 or more
 * @param jobs jobs in a round of throughput, 1 or more
 * @param inFlight jobs under way at a time, 1 or more
 */
public record BenchOptions(
    @Nullable String bootstrap, int rounds, int requests, int jobs, int inFlight) {
  /** What {@code relevo bench} measures unless told. */
  public static final BenchOptions STANDARD = new BenchOptions(null, 5, 200, 20_000, 256);

  public BenchOptions {
    require(rounds, "rounds");
    require(requests, "requests");
    require(jobs, "jobs");
    require(inFlight, "in-flight");
  }

  private static void require(int value, String name) {
    if (value < 1) {
      throw new IllegalArgumentException(name + " is " + value + ", expected 1 or more");
    }
  }
}
