package dev.relevo.operator;

import dev.relevo.common.protocol.JobStatus;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which jobs are asked for; what is null or empty lets everything through.
 *
 * @param states where they are
 * @param model what they asked for; a {@code *} at the end stands for anything
 * @param tenant whose they are; of a job whose record its lane has no longer nobody knows that
 * @param limit at most so many, 1 to {@value #MOST}
 * @param after a page's {@link JobPage#next}, for the page behind it
 */
public record JobQuery(
    Set<JobStatus> states,
    @Nullable String model,
    @Nullable String tenant,
    int limit,
    @Nullable String after) {
  /** Jobs of one page. */
  public static final int MOST = 200;

  public JobQuery {
    states = Set.copyOf(states);
    if (limit < 1 || limit > MOST) {
      throw new IllegalArgumentException("limit is " + limit + ", expected 1 to " + MOST);
    }
    if (after != null) {
      JobCursor.parse(after);
    }
  }
}
