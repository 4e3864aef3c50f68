package dev.relevo.gateway.files;

import java.time.Duration;

/**
 * What files may take.
 *
 * @param mostFiles in the whole house, 1 or more; each is a topic
 * @param mostBytes of one file
 * @param mostTransfers uploads, and downloads, that one gateway serves at a time
 * @param life how long a file is kept unless its owner asked for less
 */
public record FileLimits(int mostFiles, long mostBytes, int mostTransfers, Duration life) {
  /** What OpenAI takes for a batch. */
  public static final long MOST_BYTES = 200L << 20;

  /** The longest and the shortest life that may be asked for. */
  public static final Duration LONGEST_LIFE = Duration.ofDays(30);

  public static final Duration SHORTEST_LIFE = Duration.ofHours(1);

  /** 1,000 files of 200 MiB, 8 transfers of each kind, 30 days. */
  public static FileLimits defaults() {
    return new FileLimits(1_000, MOST_BYTES, 8, LONGEST_LIFE);
  }

  /** The same with another size. */
  public FileLimits withMostBytes(long bytes) {
    return new FileLimits(mostFiles, bytes, mostTransfers, life);
  }
}
