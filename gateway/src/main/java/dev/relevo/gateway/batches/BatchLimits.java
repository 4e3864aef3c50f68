package dev.relevo.gateway.batches;

import dev.relevo.common.config.BatchSettings;
import java.time.Duration;

/**
 * What batches may take.
 *
 * @param window jobs of one batch that are under way at a time, 1 to {@link #MOST_WINDOW}
 * @param mostRunning batches that one gateway runs at a time; others wait
 * @param mostOpenPerTenant batches of one tenant that have not ended
 * @param mostKept batches that are remembered in the whole house; beyond, as many that have ended
 *     are forgotten, a few with each new one
 * @param completionWindow after which what has no answer gets none
 * @param quiet how long nothing must come after a cancel, of a batch that was taken over, until it
 *     counts as stopped: it is not known which of its jobs there are
 */
public record BatchLimits(
    int window,
    int mostRunning,
    int mostOpenPerTenant,
    int mostKept,
    Duration completionWindow,
    Duration quiet) {
  /**
   * Jobs under way that any gateway of any version may have had; whoever takes over counts on it.
   */
  public static final int MOST_WINDOW = 1_000;

  public BatchLimits {
    if (window < 1 || window > MOST_WINDOW) {
      throw new IllegalArgumentException("window is " + window + ", expected 1 to " + MOST_WINDOW);
    }
  }

  /** As a gateway's settings say; 10,000 remembered, a day for each, and 10 s of quiet. */
  public static BatchLimits of(BatchSettings settings) {
    return new BatchLimits(
        settings.window(),
        settings.running(),
        settings.openPerTenant(),
        10_000,
        Duration.ofHours(24),
        Duration.ofSeconds(10));
  }

  /** The same with another window. */
  public BatchLimits withWindow(int jobs) {
    return new BatchLimits(jobs, mostRunning, mostOpenPerTenant, mostKept, completionWindow, quiet);
  }

  /** The same with another time for a batch. */
  public BatchLimits withCompletionWindow(Duration time) {
    return new BatchLimits(window, mostRunning, mostOpenPerTenant, mostKept, time, quiet);
  }

  /** The same with another quiet time. */
  public BatchLimits withQuiet(Duration time) {
    return new BatchLimits(
        window, mostRunning, mostOpenPerTenant, mostKept, completionWindow, time);
  }
}
