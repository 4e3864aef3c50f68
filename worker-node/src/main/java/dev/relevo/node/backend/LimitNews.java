package dev.relevo.node.backend;

import org.jspecify.annotations.Nullable;

/**
 * What a response told of its backend's rate limits; each may be unknown. Refused requests tell it
 * too.
 *
 * @param requestsLeft requests that are still allowed, 0 or more
 * @param requestsResetMs milliseconds from now until that number is renewed, 0 or more
 * @param tokensLeft tokens that are still allowed, 0 or more; the smallest where a provider counts
 *     several kinds
 * @param tokensResetMs milliseconds from now until that number is renewed, 0 or more
 */
public record LimitNews(
    @Nullable Long requestsLeft,
    @Nullable Long requestsResetMs,
    @Nullable Long tokensLeft,
    @Nullable Long tokensResetMs) {

  /** Told nothing. */
  public static final LimitNews NONE = new LimitNews(null, null, null, null);

  /** Who is told; on the thread of the call, before its first piece. Must be quick. */
  @FunctionalInterface
  public interface Listener {
    /** Nobody wants to know. */
    Listener NOBODY = news -> {};

    /** A response has told of limits; never with {@link LimitNews#NONE}. */
    void told(LimitNews news);
  }
}
