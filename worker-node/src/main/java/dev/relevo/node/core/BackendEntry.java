package dev.relevo.node.core;

import dev.relevo.common.protocol.NodeBeat;
import dev.relevo.common.protocol.NodeBeat.Health;
import dev.relevo.node.backend.Fault;
import dev.relevo.node.backend.LimitNews;
import dev.relevo.node.backend.WorkerHealth;
import dev.relevo.node.backend.WorkerInfo;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** One backend as its node knows it: how it is, and whether it can be given a call. */
final class BackendEntry {
  /** Nobody knows when it can be given a call again. */
  static final long NEVER = Long.MAX_VALUE;

  private static final int MAX_DOUBLINGS = 30;

  /** A key that was refused, or an account without money, is tried again after this. */
  private static final long CREDENTIAL_PAUSE_NANOS = Duration.ofMinutes(1).toNanos();

  /** … doubled each time that it is refused again, up to so many times. */
  private static final int CREDENTIAL_DOUBLINGS = 4;

  private int priority;
  private BackendPolicy policy;
  private Breaker breaker;
  private RateLimits limits;
  private final MovingAverage ttftMs = new MovingAverage();
  private final MovingAverage tokensPerSecond = new MovingAverage();
  private WorkerInfo info;
  private WorkerHealth health = WorkerHealth.unavailable("not checked yet");
  private int running;
  private int refusedKeys;
  private int limited;
  private long keyRefusedUntilNanos;
  private long skipped;

  BackendEntry(WorkerInfo info, int priority, BackendPolicy policy) {
    this.info = info;
    this.priority = priority;
    this.policy = policy;
    this.breaker = new Breaker(info.name(), policy.breaker());
    this.limits = new RateLimits(policy.limits());
  }

  /** Its settings are others now. What is known of the server holds on as far as they let it. */
  void change(WorkerInfo newest, int newPriority, BackendPolicy newPolicy) {
    if (!newPolicy.breaker().equals(policy.breaker())) {
      breaker = new Breaker(newest.name(), newPolicy.breaker());
    }
    if (!newPolicy.limits().equals(policy.limits())) {
      limits = new RateLimits(newPolicy.limits());
    }
    info = newest;
    priority = newPriority;
    policy = newPolicy;
  }

  /** What others are told of, beside the models. */
  record Shown(Health health, Breaker.State breaker) {}

  Shown shown(long nowNanos) {
    return new Shown(healthNow(nowNanos), breaker.state(nowNanos));
  }

  WorkerInfo info() {
    return info;
  }

  BackendPolicy policy() {
    return policy;
  }

  boolean serves(String model) {
    return NodeBeat.Backend.serves(info.models(), model);
  }

  /** The check saw it go and saw it come back: then the breaker need not wait its time out. */
  void checked(WorkerInfo newest, WorkerHealth found, long nowNanos) {
    boolean back = health.status() == Health.UNAVAILABLE && found.status() != Health.UNAVAILABLE;
    info = newest;
    health = found;
    if (back) {
      breaker.tryEarly(nowNanos);
    }
  }

  /**
   * Nanoseconds until it can be given one more call; 0 when it can, {@link #NEVER} when nobody
   * knows.
   */
  long roomInNanos(long tokens, long nowNanos) {
    if (health.status() == Health.UNAVAILABLE) {
      return NEVER;
    }
    long room =
        Math.max(
            isKeyRefused(nowNanos) ? keyRefusedUntilNanos - nowNanos : 0,
            breaker.closedForNanos(nowNanos));
    room = Math.max(room, limits.roomInNanos(running, tokens, nowNanos));
    // Half-open, with all its calls given out.
    return room == 0 && !breaker.permits(nowNanos) ? RateLimits.SOON_NANOS : room;
  }

  /** Whether it could be given a call if it were not for its limits. */
  boolean isWell(long nowNanos) {
    return health.status() != Health.UNAVAILABLE
        && !isKeyRefused(nowNanos)
        && breaker.state(nowNanos) != Breaker.State.OPEN;
  }

  /** Whether it says that it would queue. */
  boolean saysBusy() {
    return health.status() == Health.BUSY;
  }

  @Nullable Ticket take(int number, long tokens, long nowNanos) {
    if (roomInNanos(tokens, nowNanos) > 0) {
      return null;
    }
    int era = breaker.acquire(nowNanos);
    limits.take(tokens, nowNanos);
    running++;
    return new Ticket(info.name(), number, era, tokens);
  }

  void ended(Ticket ticket, CallReport report, long nowNanos) {
    running--;
    Fault fault = report.fault();
    switch (report.verdict()) {
      case WELL -> {
        breaker.ended(ticket.era(), true, nowNanos);
        refusedKeys = 0;
        limited = 0;
      }
      case NONE -> breaker.released(ticket.era());
      case FAILED -> {
        if (fault != null && fault.tripsBreaker()) {
          breaker.ended(ticket.era(), false, nowNanos);
        } else {
          breaker.released(ticket.era());
        }
      }
    }
    if (fault != null && fault.spoilsCredential()) {
      long pause = CREDENTIAL_PAUSE_NANOS << Math.min(refusedKeys++, CREDENTIAL_DOUBLINGS);
      keyRefusedUntilNanos = nowNanos + pause;
    }
    if (fault == Fault.RATE_LIMITED) {
      Long asked = report.retryAfterMs();
      limits.pause(asked == null ? backOffMs(++limited) : asked, nowNanos);
    }
    measure(ticket, report, nowNanos);
  }

  private void measure(Ticket ticket, CallReport report, long nowNanos) {
    Long used = report.tokens();
    if (used != null) {
      limits.correct(ticket.tokens(), used, nowNanos);
    } else if (report.verdict() == CallReport.Verdict.FAILED && report.ttftMs() == null) {
      // What is refused is not counted; of an answer that broke nobody knows.
      limits.correct(ticket.tokens(), 0, nowNanos);
    }
    if (report.ttftMs() != null) {
      ttftMs.add(report.ttftMs());
    }
    if (report.tokensPerSecond() != null) {
      tokensPerSecond.add(report.tokensPerSecond());
    }
  }

  void told(LimitNews news, long nowNanos) {
    limits.told(news, nowNanos);
  }

  void skipped() {
    skipped++;
  }

  long timesSkipped() {
    return skipped;
  }

  /** The pause before the next try, nanoseconds: doubled each time, and spread. */
  long pauseNanos(int failures, double spread) {
    return Math.round(TimeUnit.MILLISECONDS.toNanos(backOffMs(failures)) * spread);
  }

  private long backOffMs(int failures) {
    long initialMs = policy.retry().initialBackoff().toMillis();
    int doublings = Math.min(failures - 1, MAX_DOUBLINGS);
    return Math.min(policy.retry().maxBackoff().toMillis(), initialMs << doublings);
  }

  BackendStrategy.Candidate candidate() {
    return new BackendStrategy.Candidate(
        info.name(), priority, info.weight(), running, ttftMs.value());
  }

  NodeBeat.Backend view(long nowNanos) {
    Shown shown = shown(nowNanos);
    return new NodeBeat.Backend(
        info.name(),
        info.type(),
        info.models(),
        priority,
        info.weight(),
        shown.health(),
        shown.breaker().name(),
        ttftMs.value(),
        tokensPerSecond.value(),
        complaint(nowNanos));
  }

  /** Why it is not available, for people; null when it is. */
  @Nullable String complaint(long nowNanos) {
    if (health.status() == Health.UNAVAILABLE) {
      return health.reason();
    }
    if (isKeyRefused(nowNanos)) {
      return "its key was refused or its money is spent: see the failures of its jobs";
    }
    if (isOnTrial(nowNanos)) {
      return "its circuit breaker lets no more than a few calls try it";
    }
    if (isFull(nowNanos)) {
      return "it has all that its limits allow";
    }
    return health.status() == Health.AVAILABLE ? null : health.reason();
  }

  private Health healthNow(long nowNanos) {
    if (health.status() == Health.UNAVAILABLE || isKeyRefused(nowNanos)) {
      return Health.UNAVAILABLE;
    }
    return isFull(nowNanos) ? Health.BUSY : health.status();
  }

  private boolean isFull(long nowNanos) {
    return isOnTrial(nowNanos) || limits.roomInNanos(running, 1, nowNanos) > 0;
  }

  /**
   * Half-open, with all its calls given out. It has to be told like any other lack of room: else
   * jobs would come, be sent back, and come again at once.
   */
  private boolean isOnTrial(long nowNanos) {
    return breaker.state(nowNanos) == Breaker.State.HALF_OPEN && !breaker.permits(nowNanos);
  }

  private boolean isKeyRefused(long nowNanos) {
    return refusedKeys > 0 && keyRefusedUntilNanos - nowNanos > 0;
  }
}
