package dev.relevo.node.core;

import dev.relevo.common.config.BackendSettings;
import dev.relevo.common.config.CircuitBreakerSettings;
import dev.relevo.common.config.LimitSettings;
import dev.relevo.common.config.RetrySettings;
import dev.relevo.common.config.Settings;

/**
 * How a node deals with one of its backends.
 *
 * @param retry attempts of one job on it, and the pauses between them
 * @param breaker when it is left alone
 * @param limits how much it is given
 */
public record BackendPolicy(
    RetrySettings retry, CircuitBreakerSettings breaker, LimitSettings limits) {

  /** Of a backend that nobody configured. */
  public static final BackendPolicy DEFAULT = of(Settings.defaults().node().backends().getFirst());

  /** What the settings of a backend say. */
  public static BackendPolicy of(BackendSettings settings) {
    return new BackendPolicy(settings.retry(), settings.circuitBreaker(), settings.limits());
  }
}
