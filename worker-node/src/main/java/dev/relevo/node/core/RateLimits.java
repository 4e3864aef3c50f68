package dev.relevo.node.core;

import dev.relevo.common.config.LimitSettings;
import dev.relevo.node.backend.LimitNews;
import io.github.bucket4j.Bucket;
import io.github.bucket4j.TimeMeter;
import io.github.bucket4j.local.SynchronizationStrategy;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * How much one backend is given: what the settings allow, what its responses say is left, and the
 * pause that it asked for. Not thread-safe.
 */
final class RateLimits {
  /** When it has room nobody knows: when another call ends, or soon. */
  static final long SOON_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  /** What a provider says is believed for no longer than this, milliseconds. */
  private static final long MAX_LEARNT_MS = Duration.ofDays(1).toMillis();

  /** When it does not say when what it counts is renewed, milliseconds. */
  private static final long UNKNOWN_RESET_MS = 10_000;

  private final LimitSettings settings;
  private final GivenTime time = new GivenTime();
  private final @Nullable Bucket requests;
  private final @Nullable Bucket tokens;
  private final Learnt requestsLeft = new Learnt();
  private final Learnt tokensLeft = new Learnt();
  private final Learnt paused = new Learnt();

  RateLimits(LimitSettings settings) {
    this.settings = settings;
    this.requests = bucket(settings.requestsPerMinute());
    this.tokens = bucket(settings.tokensPerMinute());
  }

  private @Nullable Bucket bucket(int perMinute) {
    return perMinute == 0
        ? null
        : Bucket.builder()
            .addLimit(
                limit -> limit.capacity(perMinute).refillGreedy(perMinute, Duration.ofMinutes(1)))
            .withCustomTimePrecision(time)
            .withSynchronizationStrategy(SynchronizationStrategy.NONE)
            .build();
  }

  /**
   * Nanoseconds until it has room for one more call; 0 when it has.
   *
   * @param running calls that it has now
   * @param need tokens that the call will use, as far as can be told
   */
  long roomInNanos(int running, long need, long nowNanos) {
    time.nanos = nowNanos;
    long room = Math.max(paused.emptyForNanos(1, nowNanos), learntRoom(need, nowNanos));
    if (requests != null) {
      room = Math.max(room, requests.estimateAbilityToConsume(1).getNanosToWaitForRefill());
    }
    if (tokens != null) {
      room = Math.max(room, tokens.estimateAbilityToConsume(own(need)).getNanosToWaitForRefill());
    }
    boolean crowded = settings.concurrent() > 0 && running >= settings.concurrent();
    return crowded ? Math.max(room, SOON_NANOS) : room;
  }

  private long learntRoom(long need, long nowNanos) {
    return Math.max(
        requestsLeft.emptyForNanos(1, nowNanos), tokensLeft.emptyForNanos(need, nowNanos));
  }

  /** A call begins that there is room for. */
  void take(long need, long nowNanos) {
    time.nanos = nowNanos;
    if (requests != null) {
      requests.consumeIgnoringRateLimits(1);
    }
    if (tokens != null) {
      tokens.consumeIgnoringRateLimits(own(need));
    }
    requestsLeft.take(1);
    tokensLeft.take(need);
  }

  /** A call has ended that used another number of tokens than was thought. */
  void correct(long thought, long used, long nowNanos) {
    time.nanos = nowNanos;
    if (tokens == null) {
      return;
    }
    long more = used - own(thought);
    if (more > 0) {
      tokens.consumeIgnoringRateLimits(more);
    } else if (more < 0) {
      tokens.addTokens(-more);
    }
  }

  /** A response told what is left. */
  void told(LimitNews news, long nowNanos) {
    requestsLeft.told(news.requestsLeft(), news.requestsResetMs(), nowNanos);
    tokensLeft.told(news.tokensLeft(), news.tokensResetMs(), nowNanos);
  }

  /** It asked to be left alone for a while. */
  void pause(long ms, long nowNanos) {
    paused.told(0L, ms, nowNanos);
  }

  /** One that is larger than all that is allowed in a minute waits until nothing is used. */
  private long own(long need) {
    return Math.clamp(need, 1, settings.tokensPerMinute());
  }

  /** What is left of something until it is renewed. */
  private static final class Learnt {
    private boolean known;
    private long left;
    private long untilNanos;

    void told(@Nullable Long newLeft, @Nullable Long resetMs, long nowNanos) {
      if (newLeft != null) {
        long ms = Math.clamp(resetMs == null ? UNKNOWN_RESET_MS : resetMs, 0, MAX_LEARNT_MS);
        known = true;
        left = newLeft;
        untilNanos = nowNanos + TimeUnit.MILLISECONDS.toNanos(ms);
      }
    }

    void take(long used) {
      left -= used;
    }

    long emptyForNanos(long need, long nowNanos) {
      return known && left < need ? Math.max(0, untilNanos - nowNanos) : 0;
    }
  }

  private static final class GivenTime implements TimeMeter {
    private long nanos;

    @Override
    public long currentTimeNanos() {
      return nanos;
    }

    @Override
    public boolean isWallClockBased() {
      return false;
    }
  }
}
