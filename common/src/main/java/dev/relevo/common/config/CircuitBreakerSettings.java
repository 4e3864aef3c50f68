package dev.relevo.common.config;

import java.time.Duration;
import java.util.List;

/**
 * When a failing backend is left alone for a while.
 *
 * @param failureRatePercent percent of calls that have to fail before it is left alone; default 50.
 *     1 leaves it alone after a single failure; 100 only when everything fails.
 * @param minimumCalls calls before the rate is looked at; default 5. 1 makes the first failure
 *     decide; many let that many jobs fail first.
 * @param open how long it is left alone; default 30s. Short keeps sending jobs to a broken backend;
 *     long wastes one that is well again.
 * @param halfOpenCalls calls that are let through afterwards to see whether it is well again;
 *     default 3. 1 decides by a single call; many risk that many jobs.
 */
public record CircuitBreakerSettings(
    int failureRatePercent, int minimumCalls, Duration open, int halfOpenCalls) {

  static final Entry.Setting<Integer> FAILURE_RATE =
      new Entry.Setting<>(
          "failure-rate",
          Kinds.wholeNumber(1, 100),
          50,
          "Percent of calls that have to fail before it is left alone",
          "1 leaves it alone after a single failure; 100 only when everything fails");

  static final Entry.Setting<Integer> MINIMUM_CALLS =
      new Entry.Setting<>(
          "minimum-calls",
          Kinds.wholeNumber(1, 10_000),
          5,
          "Calls before the rate is looked at",
          "1 makes the first failure decide; many let that many jobs fail first");

  static final Entry.Setting<Duration> OPEN =
      new Entry.Setting<>(
          "open",
          Kinds.duration("100ms", "1h"),
          Duration.ofSeconds(30),
          "How long it is left alone",
          "Short keeps sending jobs to a broken backend; long wastes one that is well " + "again");

  static final Entry.Setting<Integer> HALF_OPEN_CALLS =
      new Entry.Setting<>(
          "half-open-calls",
          Kinds.wholeNumber(1, 100),
          3,
          "Calls that are let through afterwards to see whether it is well again",
          "1 decides by a single call; many risk that many jobs");

  static final Entry.Section<CircuitBreakerSettings> SECTION =
      new Entry.Section<>(
          "circuit-breaker",
          List.of(FAILURE_RATE, MINIMUM_CALLS, OPEN, HALF_OPEN_CALLS),
          CircuitBreakerSettings::of);

  public CircuitBreakerSettings {
    new Rules("circuit-breaker")
        .check(FAILURE_RATE, failureRatePercent)
        .check(MINIMUM_CALLS, minimumCalls)
        .check(OPEN, open)
        .check(HALF_OPEN_CALLS, halfOpenCalls)
        .verify();
  }

  private static CircuitBreakerSettings of(Values values) {
    return new CircuitBreakerSettings(
        values.get(FAILURE_RATE),
        values.get(MINIMUM_CALLS),
        values.get(OPEN),
        values.get(HALF_OPEN_CALLS));
  }
}
