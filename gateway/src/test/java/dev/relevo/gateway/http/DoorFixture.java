package dev.relevo.gateway.http;

import dev.relevo.common.config.SettingsLoader;
import java.util.HashMap;
import java.util.Map;

/** Servers of tests. */
final class DoorFixture {
  private DoorFixture() {}

  /**
   * Options, for any free port unless one is named.
   *
   * @param variables settings that are not as by default
   */
  static DoorOptions options(Map<String, String> variables) {
    Map<String, String> environment = new HashMap<>(variables);
    environment.putIfAbsent("RELEVO_GATEWAY_PORT", "0");
    return DoorOptions.of(new SettingsLoader().load(null, environment).gateway());
  }
}
