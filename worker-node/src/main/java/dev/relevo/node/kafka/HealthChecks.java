package dev.relevo.node.kafka;

import dev.relevo.common.config.HealthCheckSettings;
import dev.relevo.common.protocol.NodeBeat;
import dev.relevo.common.supervision.Part;
import dev.relevo.node.backend.Worker;
import dev.relevo.node.backend.WorkerHealth;
import dev.relevo.node.core.BackendBoard;
import dev.relevo.node.core.CheckPace;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks every backend how it is: at the pace of {@link CheckPace}, and at once after it failed a job
 * or its breaker opened. A check runs on a virtual thread of its own, all backends' at the same
 * time, one at a time per backend; one that does not answer in time counts as unavailable.
 */
final class HealthChecks {
  private static final Logger LOG = LoggerFactory.getLogger(HealthChecks.class);

  /** An adapter bounds its check itself; this much later we no longer trust it to. */
  private static final long GRACE_MS = 500;

  private final HealthCheckSettings settings;
  private final BackendBoard board;
  private final ScheduledExecutorService pacer;
  private final Part part;
  private final Story story;
  private final NodeTime time;
  private final Runnable changed;
  private final Map<String, Backend> backends = new ConcurrentHashMap<>();
  private boolean started;

  /**
   * Checks that have not begun.
   *
   * @param changed runs when health or models of a backend have changed; must be quick
   */
  HealthChecks(
      HealthCheckSettings settings,
      BackendBoard board,
      ScheduledExecutorService pacer,
      Part part,
      Story story,
      NodeTime time,
      Runnable changed) {
    this.settings = settings;
    this.board = board;
    this.pacer = pacer;
    this.part = part;
    this.story = story;
    this.time = time;
    this.changed = changed;
  }

  /** Checks a backend from now on; before {@link #start} from then on. */
  synchronized void watch(Worker worker) {
    Backend backend = new Backend(worker);
    backends.put(worker.info().name(), backend);
    if (started) {
      backend.check();
    }
  }

  /** A backend is checked no more; what a check under way finds is not told. */
  synchronized void stop(String name) {
    Backend backend = backends.remove(name);
    if (backend != null) {
      backend.stop();
    }
  }

  /** Begins; completes when every backend that is there has had its first check. */
  synchronized CompletableFuture<Void> start() {
    started = true;
    List<CompletableFuture<Void>> first = new ArrayList<>();
    for (Backend backend : backends.values()) {
      first.add(backend.firstChecked);
      backend.check();
    }
    return CompletableFuture.allOf(first.toArray(CompletableFuture[]::new));
  }

  /** Checks a backend that has just failed a job, unless it was asked a moment ago. */
  void checkSoon(String name) {
    Backend backend = backends.get(name);
    if (backend != null) {
      backend.checkSoon();
    }
  }

  /** One backend's checks. */
  private final class Backend {
    private final Worker worker;
    private final CompletableFuture<Void> firstChecked = new CompletableFuture<>();
    private final CheckPace pace = new CheckPace(settings.interval());
    private @Nullable ScheduledFuture<?> next;
    private boolean running;
    private boolean stopped;
    private long beganNanos;
    private NodeBeat.Health found = NodeBeat.Health.UNAVAILABLE;

    Backend(Worker worker) {
      this.worker = worker;
    }

    synchronized void check() {
      if (!running && !stopped) {
        running = true;
        // This plan is carried out, though the pacer may not be done with it when the check is.
        next = null;
        beganNanos = time.nowNanos();
        Thread.ofVirtual().name("health-" + worker.info().name()).start(this::askOnce);
      }
    }

    synchronized void checkSoon() {
      if (!running) {
        pace.restart();
        long sinceMs = TimeUnit.NANOSECONDS.toMillis(time.nowNanos() - beganNanos);
        checkIn(Math.max(0, pace.leastGapMs() - sinceMs));
      }
    }

    synchronized void stop() {
      stopped = true;
      ScheduledFuture<?> planned = next;
      if (planned != null) {
        planned.cancel(false);
      }
      firstChecked.complete(null);
    }

    private synchronized void checkIn(long ms) {
      if (stopped) {
        return;
      }
      ScheduledFuture<?> planned = next;
      if (planned != null && !planned.isDone()) {
        if (planned.getDelay(TimeUnit.MILLISECONDS) <= ms) {
          return;
        }
        planned.cancel(false);
      }
      try {
        next = pacer.schedule(this::check, ms, TimeUnit.MILLISECONDS);
      } catch (RejectedExecutionException e) {
        LOG.debug("The node stops: {} is not checked again", worker.info().name(), e);
      }
    }

    /** Whatever happens, the next check can run. */
    private void askOnce() {
      found = NodeBeat.Health.UNAVAILABLE;
      part.run(() -> found = ask());
      checked(found);
    }

    private synchronized void checked(NodeBeat.Health found) {
      running = false;
      checkIn(pace.afterMs(found));
    }

    private NodeBeat.Health ask() {
      Thread own = Thread.currentThread();
      ScheduledFuture<?> alarm =
          pacer.schedule(
              own::interrupt, settings.timeout().toMillis() + GRACE_MS, TimeUnit.MILLISECONDS);
      WorkerHealth health;
      try {
        health = worker.healthCheck();
      } catch (InterruptedException e) {
        LOG.debug("The health check of {} was ended", worker.info().name(), e);
        health =
            WorkerHealth.unavailable(
                "no answer to the health check within " + settings.timeout().toMillis() + " ms");
      } catch (RuntimeException e) {
        LOG.warn("The health check of backend {} failed", worker.info().name(), e);
        health = WorkerHealth.unavailable("the health check failed: " + e.getMessage());
      }
      alarm.cancel(false);
      tell(health);
      return health.status();
    }

    private void tell(WorkerHealth health) {
      boolean news;
      synchronized (this) {
        if (stopped) {
          return;
        }
        news = board.checked(worker.info(), health, time.nowNanos());
      }
      // One that is unwell from the start has not changed, for it counted as that before.
      boolean first = !firstChecked.isDone();
      if (news || (first && health.status() != NodeBeat.Health.AVAILABLE)) {
        story.health(worker.info().name(), health);
      }
      firstChecked.complete(null);
      if (news) {
        changed.run();
      }
    }
  }
}
