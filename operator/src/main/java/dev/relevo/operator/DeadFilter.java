package dev.relevo.operator;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which dead letters are meant; what is null or empty lets everything through, and all that is
 * named has to be true.
 *
 * @param names ids of jobs or keys of letters
 * @param sinceMs epoch milliseconds: those that died then or later
 * @param beforeMs epoch milliseconds: those that died earlier
 * @param model what the job asked for; a {@code *} at the end stands for anything
 * @param error the error class, of the letter or of its last attempt
 * @param tenant whose job it was
 */
public record DeadFilter(
    Set<String> names,
    @Nullable Long sinceMs,
    @Nullable Long beforeMs,
    @Nullable String model,
    @Nullable String error,
    @Nullable String tenant) {

  /** All letters. */
  public static final DeadFilter ALL = new DeadFilter(Set.of(), null, null, null, null, null);

  public DeadFilter {
    names = Set.copyOf(names);
  }

  /** Whether a letter is meant. */
  public boolean matches(DeadRecord record) {
    return isNamed(record)
        && (sinceMs == null || record.whenMs() >= sinceMs)
        && (beforeMs == null || record.whenMs() < beforeMs)
        && new ModelFilter(model).matches(record.gist() == null ? null : record.gist().model())
        && (error == null || hasError(error, record))
        && (tenant == null || (record.gist() != null && tenant.equals(record.gist().tenant())));
  }

  private boolean isNamed(DeadRecord record) {
    if (names.isEmpty() || names.contains(record.key())) {
      return true;
    }
    String job = record.gist() == null ? null : record.gist().job();
    return job != null && names.contains(job);
  }

  private static boolean hasError(String error, DeadRecord record) {
    return error.equals(record.error()) || record.lastError().filter(error::equals).isPresent();
  }
}
