package dev.relevo.node.core;

import dev.relevo.common.protocol.Assignment;
import dev.relevo.common.protocol.JobHeaders;
import dev.relevo.node.backend.Fault;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Which model on which backend an attempt tries next. Model by model, the job's first and then its
 * fallbacks: every backend that serves it, in the strategy's order, for another backend at once is
 * better than the same one later; then those again that may be asked again, after their pauses; and
 * only when nothing of that is left, the next model. Not waited for is what takes too long: a pause
 * that a provider asks for beyond {@code retry.max-backoff}, room that does not come within {@link
 * #PATIENCE_NANOS}, anything past the job's deadline. Not thread-safe.
 */
final class CallPlan {
  /** How long an attempt waits, for each of its models, for a backend that is full. */
  static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(5);

  private final BackendBoard board;
  private final @Nullable String session;
  private final long deadlineMs;
  private final List<String> models;
  private final long tokens;
  private final double spread;
  private final Set<String> lost = new HashSet<>();
  private final Map<String, Tries> tries = new HashMap<>();
  private List<String> backends = List.of();
  private int at = -1;
  private long patienceEndsNanos;
  private long soonestNanos = BackendEntry.NEVER;

  /**
   * A plan that has not begun.
   *
   * @param tokens that a call will use, as far as can be told
   */
  CallPlan(Assignment assignment, BackendBoard board, long tokens) {
    this.board = board;
    this.session = assignment.headers().session();
    this.deadlineMs = assignment.deadlineMs();
    this.models = models(assignment);
    this.tokens = tokens;
    this.spread = board.spread();
  }

  /** What to do next. */
  sealed interface Pick {
    /**
     * Call, with this leave.
     *
     * @param fallback whether it is another model than the one that was assigned
     */
    record Go(String model, Ticket ticket, boolean fallback) implements Pick {}

    /** Ask again after this; at least a millisecond. */
    record Wait(long nanos) implements Pick {}

    /**
     * Nothing is left.
     *
     * @param roomInMs when a backend might have room that had none; null when nobody knows
     */
    record Over(@Nullable Long roomInMs) implements Pick {}
  }

  /** What one backend has done with the model of the moment. */
  private static final class Tries {
    private int failures;
    private long notBeforeNanos;
    private boolean over;
  }

  /** The dispatcher may have come to a fallback itself; those before it nobody has. */
  private static List<String> models(Assignment assignment) {
    JobHeaders headers = assignment.headers();
    List<String> models = new ArrayList<>();
    models.add(assignment.model());
    List<String> fallbacks = headers.fallbackModels();
    for (String model :
        fallbacks.subList(fallbacks.indexOf(assignment.model()) + 1, fallbacks.size())) {
      if (!models.contains(model)) {
        models.add(model);
      }
    }
    return models;
  }

  /**
   * What to do next.
   *
   * @param first which backends go before the others of a model
   */
  Pick next(Moment now, Function<String, Comparator<String>> first) {
    while (at < models.size()) {
      Pick pick = at < 0 ? null : pick(now, first);
      if (pick != null) {
        return pick;
      }
      at++;
      if (at < models.size()) {
        begin(now);
      }
    }
    return new Pick.Over(
        soonestNanos == BackendEntry.NEVER ? null : TimeUnit.NANOSECONDS.toMillis(soonestNanos));
  }

  private void begin(Moment now) {
    tries.clear();
    patienceEndsNanos = now.nanos() + PATIENCE_NANOS;
    backends = board.choose(models.get(at), session, now.nanos());
  }

  /** Null when nothing of this model is left. */
  private @Nullable Pick pick(Moment now, Function<String, Comparator<String>> first) {
    long waitNanos = BackendEntry.NEVER;
    List<String> order = backends.stream().sorted(first.apply(models.get(at))).toList();
    for (boolean again : new boolean[] {false, true}) {
      for (String name : order) {
        Tries so = of(name);
        if (so.over || lost.contains(name) || so.failures > 0 != again) {
          continue;
        }
        long pause = again ? Math.max(0, so.notBeforeNanos - now.nanos()) : 0;
        long room = board.roomInNanos(name, tokens, now.nanos());
        Ticket ticket = pause > 0 || room > 0 ? null : board.take(name, tokens, now.nanos());
        if (ticket != null) {
          return new Pick.Go(models.get(at), ticket, at > 0);
        }
        soonestNanos = Math.min(soonestNanos, Math.max(pause, room));
        if (isWorthWaiting(pause, room, now)) {
          waitNanos = Math.min(waitNanos, Math.max(pause, Math.min(room, RateLimits.SOON_NANOS)));
        }
      }
    }
    return waitNanos == BackendEntry.NEVER || isTooLate(waitNanos, now)
        ? null
        : new Pick.Wait(Math.max(waitNanos, TimeUnit.MILLISECONDS.toNanos(1)));
  }

  /** A pause that a provider asked for also stands in the backend's limits, a little longer. */
  private boolean isWorthWaiting(long pause, long room, Moment now) {
    return room <= 2 * pause || room <= patienceEndsNanos - now.nanos();
  }

  private boolean isTooLate(long nanos, Moment now) {
    return now.epochMs() + TimeUnit.NANOSECONDS.toMillis(nanos) >= deadlineMs;
  }

  /**
   * The same backend and model once more, by another way.
   *
   * @return null when the backend has no room; then it is not tried again
   */
  @Nullable Ticket again(String backend, Moment now) {
    Ticket ticket = board.take(backend, tokens, now.nanos());
    if (ticket == null) {
      of(backend).over = true;
    }
    return ticket;
  }

  /** A backend cannot be used for this model as things stand. */
  void leaveOut(String backend) {
    of(backend).over = true;
  }

  /**
   * A call has failed.
   *
   * @param retryAfterMs how long the provider asked to wait, milliseconds, if it did
   * @param emitted whether it had brought anything
   */
  void failed(
      String backend, Fault fault, @Nullable Long retryAfterMs, boolean emitted, Moment now) {
    Tries so = of(backend);
    so.failures++;
    if (fault == Fault.SILENT || fault.spoilsCredential()) {
      lost.add(backend);
    }
    if (fault.otherModel() && !fault.elsewhere()) {
      backends.forEach(this::leaveOut);
    }
    BackendPolicy policy = board.policy(backend);
    long longestMs = policy.retry().maxBackoff().toMillis();
    if (!fault.again()
        || emitted
        || so.failures >= policy.retry().maxAttempts()
        || (retryAfterMs != null && retryAfterMs > longestMs)) {
      so.over = true;
      return;
    }
    long pause =
        retryAfterMs == null
            ? board.pauseNanos(backend, so.failures, spread)
            : TimeUnit.MILLISECONDS.toNanos(retryAfterMs);
    so.notBeforeNanos = now.nanos() + pause;
  }

  /** Whether the job may be answered by another model that stands after this one. */
  boolean hasAfter(String model) {
    return !models.getLast().equals(model);
  }

  private Tries of(String backend) {
    return tries.computeIfAbsent(backend, any -> new Tries());
  }
}
