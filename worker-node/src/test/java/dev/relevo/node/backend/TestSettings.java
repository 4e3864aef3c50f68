package dev.relevo.node.backend;

import dev.relevo.common.config.BackendSettings;
import dev.relevo.common.config.CapabilitySettings;
import dev.relevo.common.config.CircuitBreakerSettings;
import dev.relevo.common.config.ContinuePrefix;
import dev.relevo.common.config.HealthCheckSettings;
import dev.relevo.common.config.LimitSettings;
import dev.relevo.common.config.RetrySettings;
import dev.relevo.common.config.Secret;
import dev.relevo.common.config.TimeoutSettings;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Settings of a backend called {@code gpu-1}, by what a test cares for. */
record TestSettings(
    String type,
    @Nullable URI baseUrl,
    String apiKey,
    List<String> models,
    ContinuePrefix continuePrefix,
    TimeoutSettings timeouts) {

  static final HealthCheckSettings HEALTH_CHECK =
      new HealthCheckSettings(Duration.ofSeconds(30), Duration.ofSeconds(5));

  static TestSettings of(String type, @Nullable String baseUrl) {
    return new TestSettings(
        type,
        baseUrl == null ? null : URI.create(baseUrl),
        "",
        List.of(),
        ContinuePrefix.AUTO,
        timeouts(20_000, 20_000, 60_000));
  }

  static TimeoutSettings timeouts(long firstTokenMs, long idleMs, long totalMs) {
    return new TimeoutSettings(
        Duration.ofSeconds(1),
        Duration.ofMillis(firstTokenMs),
        Duration.ofMillis(idleMs),
        Duration.ofMillis(totalMs));
  }

  TestSettings key(String key) {
    return new TestSettings(type, baseUrl, key, models, continuePrefix, timeouts);
  }

  TestSettings models(String... names) {
    return new TestSettings(type, baseUrl, apiKey, List.of(names), continuePrefix, timeouts);
  }

  TestSettings continuePrefix(ContinuePrefix value) {
    return new TestSettings(type, baseUrl, apiKey, models, value, timeouts);
  }

  TestSettings times(long firstTokenMs, long idleMs, long totalMs) {
    return new TestSettings(
        type, baseUrl, apiKey, models, continuePrefix, timeouts(firstTokenMs, idleMs, totalMs));
  }

  BackendSettings build() {
    return new BackendSettings(
        "gpu-1",
        type,
        baseUrl,
        new Secret(apiKey),
        models,
        10,
        1,
        new CapabilitySettings(continuePrefix),
        timeouts,
        new RetrySettings(1, Duration.ZERO, Duration.ZERO),
        new CircuitBreakerSettings(50, 5, Duration.ofSeconds(30), 3),
        LimitSettings.NONE);
  }

  Worker worker() {
    return Workers.with().create(build(), HEALTH_CHECK);
  }
}
