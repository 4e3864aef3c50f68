package dev.relevo.common.config;

import dev.relevo.common.secrets.KafkaSecrets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/**
 * All settings of all roles; {@link SettingsLoader} reads them from one file. Immutable; every
 * record in it checks its values when it is made and throws {@link IllegalArgumentException} with
 * key, value and what was expected.
 *
 * @param kafka how Kafka is reached
 * @param dispatcher how jobs are given to nodes
 * @param node a worker node and its backends
 * @param gateway the HTTP door
 * @param client producers and tools
 */
public record Settings(
    KafkaSettings kafka,
    DispatcherSettings dispatcher,
    NodeSettings node,
    GatewaySettings gateway,
    ClientSettings client) {

  static final Entry.Section<Settings> SECTION =
      new Entry.Section<>(
          "",
          List.of(
              KafkaSettings.SECTION,
              DispatcherSettings.SECTION,
              NodeSettings.SECTION,
              GatewaySettings.SECTION,
              ClientSettings.SECTION),
          Settings::of);

  private static Settings of(Values values) {
    return new Settings(
        values.get(KafkaSettings.SECTION),
        values.get(DispatcherSettings.SECTION),
        values.get(NodeSettings.SECTION),
        values.get(GatewaySettings.SECTION),
        values.get(ClientSettings.SECTION));
  }

  /** All that nobody may see: keys of backends and callers, passwords for Kafka. */
  public Collection<String> secrets() {
    List<String> secrets = new ArrayList<>(node.secrets());
    secrets.addAll(gateway.secrets());
    secrets.addAll(KafkaSecrets.of(kafka.properties()));
    return secrets;
  }

  /** What holds without a file and without variables; the node's id is a fresh one. */
  public static Settings defaults() {
    return new SettingsLoader().load(null, Map.of());
  }
}
