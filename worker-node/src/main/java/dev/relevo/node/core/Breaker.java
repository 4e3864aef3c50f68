package dev.relevo.node.core;

import dev.relevo.common.config.CircuitBreakerSettings;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig.SlidingWindowType;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;

/**
 * One backend's circuit breaker: resilience4j's, by the time that its callers bring. It goes from
 * open to half-open by itself as soon as somebody looks at it after its time, for nobody sends it a
 * job while it is open. Calls that began before it last changed say nothing about it any more. Not
 * thread-safe.
 */
final class Breaker {
  /** No permission. */
  static final int REFUSED = -1;

  /** The rate is that of the last this many times {@code minimum-calls}. */
  private static final int WINDOW = 2;

  private final CircuitBreaker breaker;
  private final long openNanos;
  private final GivenTime time = new GivenTime();
  private long openedNanos;
  private int era;

  Breaker(String name, CircuitBreakerSettings settings) {
    this.openNanos = settings.open().toNanos();
    this.breaker =
        CircuitBreaker.of(
            name,
            CircuitBreakerConfig.custom()
                .failureRateThreshold(settings.failureRatePercent())
                .slidingWindow(
                    WINDOW * settings.minimumCalls(),
                    settings.minimumCalls(),
                    SlidingWindowType.COUNT_BASED)
                .permittedNumberOfCallsInHalfOpenState(settings.halfOpenCalls())
                .waitDurationInOpenState(settings.open())
                .recordResult(result -> result.equals(false))
                .clock(time)
                .build());
  }

  /** How it is. */
  enum State {
    /** Calls go through. */
    CLOSED,
    /** No call goes through. */
    OPEN,
    /** A few calls go through, to see whether the backend is well again. */
    HALF_OPEN
  }

  State state(long nowNanos) {
    at(nowNanos);
    return switch (breaker.getState()) {
      case OPEN, FORCED_OPEN -> State.OPEN;
      case HALF_OPEN -> State.HALF_OPEN;
      case CLOSED, DISABLED, METRICS_ONLY -> State.CLOSED;
    };
  }

  /** Nanoseconds until it lets a call through again; 0 when it is not open. */
  long closedForNanos(long nowNanos) {
    return state(nowNanos) == State.OPEN ? openedNanos + openNanos - nowNanos : 0;
  }

  /** Whether it would let a call through. */
  boolean permits(long nowNanos) {
    at(nowNanos);
    boolean permits = breaker.tryAcquirePermission();
    if (permits) {
      breaker.releasePermission();
    }
    return permits;
  }

  /**
   * Takes a permission, which one of the methods below gives back.
   *
   * @return the era it belongs to, or {@link #REFUSED}
   */
  int acquire(long nowNanos) {
    at(nowNanos);
    return breaker.tryAcquirePermission() ? era : REFUSED;
  }

  /** A call has ended. */
  void ended(int ofEra, boolean well, long nowNanos) {
    at(nowNanos);
    if (ofEra == era) {
      CircuitBreaker.State before = breaker.getState();
      breaker.onResult(0, breaker.getTimestampUnit(), well);
      changed(before, nowNanos);
    }
  }

  /** A call has ended and says nothing of the backend. */
  void released(int ofEra) {
    if (ofEra == era) {
      breaker.releasePermission();
    }
  }

  /** The outage that opened it is seen to be over: lets calls through before its time. */
  void tryEarly(long nowNanos) {
    at(nowNanos);
    if (breaker.getState() == CircuitBreaker.State.OPEN) {
      halfOpen();
    }
  }

  private void at(long nowNanos) {
    time.nanos = nowNanos;
    if (breaker.getState() == CircuitBreaker.State.OPEN && nowNanos - openedNanos >= openNanos) {
      halfOpen();
    }
  }

  private void halfOpen() {
    breaker.transitionToHalfOpenState();
    era++;
  }

  private void changed(CircuitBreaker.State before, long nowNanos) {
    if (breaker.getState() != before) {
      era++;
      openedNanos = nowNanos;
    }
  }

  /** Stands still between two calls of the breaker's owner. */
  private static final class GivenTime extends Clock {
    private long nanos;

    @Override
    public Instant instant() {
      return Instant.ofEpochSecond(0, nanos);
    }

    @Override
    public ZoneId getZone() {
      return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
      return this;
    }
  }
}
