package dev.relevo.operator;

import java.util.List;
import java.util.Optional;

/**
 * Where a job was found that was looked for everywhere.
 *
 * @param written what is written down of it: nothing, one, or one for each home that its id was put
 *     into
 * @param waiting its record, where it stands in a lane and nothing is written down of it
 */
public record SoughtJob(List<FoundJob> written, Optional<JobRecord> waiting) {
  public SoughtJob {
    written = List.copyOf(written);
  }
}
