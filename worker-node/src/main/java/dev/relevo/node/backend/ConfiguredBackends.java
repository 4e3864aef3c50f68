package dev.relevo.node.backend;

import dev.relevo.common.config.BackendSettings;
import dev.relevo.common.config.HealthCheckSettings;
import dev.relevo.common.config.SettingsLoader;
import java.util.Map;

/** Backends of the types that there are, as settings describe them. */
public final class ConfiguredBackends implements BackendSource {
  private final Workers types;
  private final HealthCheckSettings healthCheck;
  private final Map<String, String> environment;
  private final SettingsLoader loader;

  /**
   * @param environment variables that orders may name keys by
   */
  public ConfiguredBackends(
      Workers types, HealthCheckSettings healthCheck, Map<String, String> environment) {
    this.types = types;
    this.healthCheck = healthCheck;
    this.environment = Map.copyOf(environment);
    this.loader = new SettingsLoader().withTypes(types.types());
  }

  @Override
  public Worker make(BackendSettings settings) {
    return types.create(settings, healthCheck);
  }

  @Override
  public BackendSettings read(String name, Map<String, String> written) {
    return loader.backend(name, written, environment);
  }
}
