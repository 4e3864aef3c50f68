package dev.relevo.gateway.files;

import dev.relevo.common.config.GatewaySettings;
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
  /** The longest and the shortest life that may be asked for. */
  public static final Duration LONGEST_LIFE = Duration.ofDays(30);

  public static final Duration SHORTEST_LIFE = Duration.ofHours(1);

  /** As a gateway's settings say; 8 transfers of each kind, 30 days. */
  public static FileLimits of(GatewaySettings settings) {
    return new FileLimits(
        settings.batches().files(), settings.limits().fileBytes(), 8, LONGEST_LIFE);
  }
}
