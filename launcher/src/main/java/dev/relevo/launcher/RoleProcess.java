package dev.relevo.launcher;

import dev.relevo.common.config.BackendSettings;
import dev.relevo.common.config.GatewaySettings;
import dev.relevo.common.config.Settings;
import dev.relevo.common.supervision.Supervisor;
import dev.relevo.gateway.Gateway;
import dev.relevo.gateway.GatewayHost;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.net.BindException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.Function;
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

  /**
   * Lets a gateway listen, which answers for health and metrics too.
   *
   * @throws CommandProblem when the address cannot be had
   */
  Gateway openGateway(GatewaySettings settings) {
    Thread.ofVirtual().name("relevo-meters").start(this::makeMeters);
    try {
      return add(Parts.Kind.GATEWAY, "the gateway", Gateway.open(settings, new OwnHealth()));
    } catch (IOException e) {
      String hint =
          e.getCause() instanceof BindException
              ? " Stop what uses it or choose another with --port or gateway.port."
              : "";
      throw CommandProblem.wrongUse(e.getMessage() + hint, e);
    }
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

  /**
   * Looks whether the settings file changes, if there is one, until the process stops.
   *
   * @param sections of the settings that matter to this process
   * @param choice which backends settings mean
   * @param target gets them when they are others; see {@link SettingsReload}
   */
  void watchSettings(
      SettingsSource source,
      Set<String> sections,
      Function<Settings, List<BackendSettings>> choice,
      Consumer<List<BackendSettings>> target) {
    source
        .file()
        .ifPresent(file ->
            add(
                Parts.Kind.NODE,
                "the look at the settings file",
                SettingsWatch.start(
                    file,
                    source.again(),
                    new SettingsReload(
                        file.toString(), source.settings(), sections, choice, target),
                    SettingsWatch::log,
                    new Supervisor("This process", this::restarts).part("settings watch"))));
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

  /** What the gateway shows of this process. */
  private final class OwnHealth implements GatewayHost {
    @Override
    public Optional<String> missing() {
      return readiness.missing();
    }

    @Override
    public MeterRegistry meters() {
      return meters.join().registry();
    }

    @Override
    public String metrics() {
      return meters.join().scrape();
    }
  }
}
