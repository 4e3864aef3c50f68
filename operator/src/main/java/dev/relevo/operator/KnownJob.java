package dev.relevo.operator;

import dev.relevo.common.protocol.AttemptReport;
import dev.relevo.common.protocol.HeaderNames;
import dev.relevo.common.protocol.JobStatus;
import dev.relevo.common.protocol.StateRecord;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A job that a dispatcher has written down, or has yet to.
 *
 * @param id its id
 * @param home its home partition
 * @param state what is written
 * @param status where it is: what is written, or what nodes say that is newer
 */
public record KnownJob(String id, int home, StateRecord.Job state, JobStatus status) {
  private static final int UUID_OF_TIME = 7;

  /** Those that have not ended before the others, and of each what changed last first. */
  public static final Comparator<KnownJob> NEWEST_FIRST =
      Comparator.comparing(KnownJob::hasEnded)
          .thenComparing(
              Comparator.comparingLong((KnownJob job) -> job.state().updatedAtMs()).reversed());

  /** As it is written. */
  public KnownJob(String id, int home, StateRecord.Job state) {
    this(id, home, state, state.status());
  }

  /**
   * One that waits for its first node: nothing is written down of it, and this is what would be.
   */
  static KnownJob waiting(JobRecord record) {
    return new KnownJob(
        record.id(),
        record.home(),
        new StateRecord.Job(
            0,
            JobStatus.QUEUED,
            record.lane(),
            record.offset(),
            null,
            null,
            null,
            record.model(),
            null,
            false,
            0,
            List.of(),
            null,
            0,
            null,
            null,
            0,
            record.appendedAtMs(),
            null,
            null,
            Map.of()));
  }

  /**
   * Dispatchers do not write down that a node has begun: the nodes' beats tell it.
   *
   * @param running the fences of what nodes run
   */
  public KnownJob seen(Set<String> running) {
    boolean runs =
        state.status() == JobStatus.ASSIGNED
            && state.fence() != null
            && running.contains(state.fence());
    return runs ? new KnownJob(id, home, state, JobStatus.RUNNING) : this;
  }

  /** Whether nothing will change any more. */
  public boolean hasEnded() {
    return status.isTerminal();
  }

  /** In people's words: running. */
  public String word() {
    return word(status);
  }

  /** A state in people's words: running. */
  public static String word(JobStatus status) {
    return status.name().toLowerCase(Locale.ROOT);
  }

  /**
   * The model that was asked for, or that the newest attempt was given; null when state is mute.
   */
  public @Nullable String model() {
    if (state.model() != null) {
      return state.model();
    }
    String asked = state.headers().get(HeaderNames.MODEL);
    return asked != null || state.attempts().isEmpty() ? asked : state.attempts().getLast().model();
  }

  /** Why it ended, or what came of its last attempt. */
  public @Nullable String code() {
    return state.code() != null || hasEnded() || state.attempts().isEmpty()
        ? state.code()
        : state.attempts().getLast().code();
  }

  /** The same in a sentence. */
  public @Nullable String message() {
    return state.message() != null || hasEnded() || state.attempts().isEmpty()
        ? state.message()
        : lastAttempt().message();
  }

  private AttemptReport lastAttempt() {
    return state.attempts().getLast();
  }

  /** When it was submitted, epoch milliseconds, where its id tells: a UUIDv7 does. */
  public OptionalLong submittedMs() {
    try {
      UUID uuid = UUID.fromString(id);
      return uuid.version() == UUID_OF_TIME
          ? OptionalLong.of(uuid.getMostSignificantBits() >>> 16)
          : OptionalLong.empty();
    } catch (IllegalArgumentException e) {
      return OptionalLong.empty();
    }
  }
}
