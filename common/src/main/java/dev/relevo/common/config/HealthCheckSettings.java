package dev.relevo.common.config;

import java.time.Duration;
import java.util.List;

/**
 * How a node finds out whether its backends can work.
 *
 * @param interval time between two checks of a backend; default 30s. Short ones load it with
 *     questions; long ones notice a dead backend only by a failing job.
 * @param timeout how long a backend may take to answer a check; default 5s. Short calls a busy
 *     backend dead.
 */
public record HealthCheckSettings(Duration interval, Duration timeout) {

  static final Entry.Setting<Duration> INTERVAL =
      new Entry.Setting<>(
          "interval",
          Kinds.duration("100ms", "1h"),
          Duration.ofSeconds(30),
          "Time between two checks of a backend",
          "Short ones load it with questions; long ones notice a dead backend only by a"
              + " failing job");

  static final Entry.Setting<Duration> TIMEOUT =
      new Entry.Setting<>(
          "timeout",
          Kinds.duration("10ms", "5m"),
          Duration.ofSeconds(5),
          "How long a backend may take to answer a check",
          "Short calls a busy backend dead");

  static final Entry.Section<HealthCheckSettings> SECTION =
      new Entry.Section<>("health-check", List.of(INTERVAL, TIMEOUT), HealthCheckSettings::of);

  public HealthCheckSettings {
    new Rules("health-check")
        .check(INTERVAL, interval)
        .check(TIMEOUT, timeout)
        .require(
            timeout.compareTo(interval) <= 0,
            Units.printDuration(timeout)
                + " is longer than interval ("
                + Units.printDuration(interval)
                + ")",
            "timeout",
            "interval")
        .verify();
  }

  private static HealthCheckSettings of(Values values) {
    return new HealthCheckSettings(values.get(INTERVAL), values.get(TIMEOUT));
  }
}
