package dev.relevo.gateway.files;

import dev.relevo.common.config.GatewaySettings;
import dev.relevo.gateway.http.HttpProblem;
import java.time.Duration;

/**
 * What files may take.
 *
 * @param mostFiles in the whole house, 1 or more; each is a topic
 * @param mostBytes of one file
 * @param mostTransfers uploads, and downloads, that one gateway serves at a time; each takes some 5
 *     MiB of memory
 * @param life how long a file is kept unless its owner asked for less
 * @param leastBytesPerSecond what comes or is read more slowly on the whole is broken off, so that
 *     nobody holds a place for ever
 * @param patience seconds that each has besides
 */
public record FileLimits(
    int mostFiles,
    long mostBytes,
    int mostTransfers,
    Duration life,
    long leastBytesPerSecond,
    Duration patience) {
  /** The longest and the shortest life that may be asked for. */
  public static final Duration LONGEST_LIFE = Duration.ofDays(30);

  public static final Duration SHORTEST_LIFE = Duration.ofHours(1);

  private static final int TRANSFERS = 16;

  /** 200 MiB take under four hours. */
  private static final long LEAST_BYTES_PER_SECOND = 16 << 10;

  /** As a gateway's settings say; 16 transfers of each kind, 30 days, 16 KiB a second. */
  public static FileLimits of(GatewaySettings settings) {
    return new FileLimits(
        settings.batches().files(),
        settings.limits().fileBytes(),
        TRANSFERS,
        LONGEST_LIFE,
        LEAST_BYTES_PER_SECOND,
        settings.limits().requestTimeout());
  }

  /** The same with so many files, bytes of one and transfers at a time. */
  public FileLimits with(int files, long bytes, int transfers) {
    return new FileLimits(files, bytes, transfers, life, leastBytesPerSecond, patience);
  }

  /** The same with another least pace. */
  public FileLimits withPace(long bytesPerSecond, Duration besides) {
    return new FileLimits(mostFiles, mostBytes, mostTransfers, life, bytesPerSecond, besides);
  }

  /** What is told to whose upload is too slow. */
  HttpProblem tooSlow() {
    return HttpProblem.of(
            408,
            "upload_too_slow",
            "The file comes with less than %,d bytes a second, and no slower one is waited for."
                .formatted(leastBytesPerSecond))
        .notToBeRetried();
  }

  /** What a transfer is held to. */
  LeastPace pace() {
    return new LeastPace(leastBytesPerSecond, patience);
  }
}
