package dev.relevo.launcher;

import dev.relevo.common.supervision.Supervisor;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** What all roles have: parts that end in order, health and metrics, and one end for all. */
abstract class RoleProcess implements Role {
  private final Parts parts = new Parts();
  private final Readiness readiness = new Readiness("starting");
  private final CompletableFuture<Meters> meters = new CompletableFuture<>();
  private final CompletableFuture<@Nullable Void> stopped = new CompletableFuture<>();

  @Override
  public CompletionStage<@Nullable Void> stopped() {
    return stopped;
  }

  @Override
  public void close() {
    readiness.notReady("stopping");
    parts.close();
  }

  Readiness readiness() {
    return readiness;
  }

  /** The meters of this process. */
  Meters meters() {
    return meters.join();
  }

  /** Begins to answer for health and metrics; first of all, for its port may be busy. */
  HealthServer openHealth(HttpPlace http) {
    HealthServer server =
        add(
            Parts.Kind.HEALTH,
            "health and metrics",
            HealthServer.start(
                http.host(),
                http.port(),
                http.setting(),
                readiness,
                () -> meters.join().scrape(),
                new Supervisor("This process", this::restarts).part("health server")));
    // They are needed later, and take their time.
    Thread.ofVirtual().name("relevo-meters").start(this::makeMeters);
    return server;
  }

  /** Counts only once there are meters: it is they that may have crashed. */
  private Runnable restarts(String part) {
    return () -> {
      if (meters.isDone() && !meters.isCompletedExceptionally()) {
        meters.join().restarted(part);
      }
    };
  }

  <P extends AutoCloseable> P add(Parts.Kind kind, String name, P part) {
    return parts.add(kind, name, part);
  }

  /** Ends the whole process when this part ends by itself. */
  void watch(String name, CompletionStage<?> partStopped) {
    partStopped.whenComplete((ended, failure) -> {
      readiness.notReady(name + " has stopped");
      if (failure == null) {
        stopped.complete(null);
      } else {
        stopped.completeExceptionally(failure);
      }
    });
  }

  private void makeMeters() {
    try {
      meters.complete(new Meters());
    } catch (RuntimeException | Error e) {
      meters.completeExceptionally(e);
    }
  }
}
