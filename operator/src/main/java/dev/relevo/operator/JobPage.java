package dev.relevo.operator;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Some of the jobs that were asked for, those first that changed last.
 *
 * @param jobs as many as were asked for, or fewer where looking for more would have taken long
 * @param next what {@link JobQuery#after} of the next page is; null when there is none
 */
public record JobPage(List<ListedJob> jobs, @Nullable String next) {
  public JobPage {
    jobs = List.copyOf(jobs);
  }
}
