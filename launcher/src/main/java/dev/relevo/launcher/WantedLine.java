package dev.relevo.launcher;

import dev.relevo.common.protocol.Lane;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A line that is a job.
 *
 * @param digest tells what stood in the line, so that another job under the same id is another
 * @param model null where neither the line nor the command names one
 * @param deadline null for the lane's default
 * @param body the request, JSON
 */
record WantedLine(
    long number,
    String id,
    BatchFormat format,
    String digest,
    @Nullable String model,
    List<String> fallbacks,
    String tenant,
    int priority,
    Lane lane,
    @Nullable Duration deadline,
    String body)
    implements BatchLine {
  WantedLine {
    fallbacks = List.copyOf(fallbacks);
  }
}
