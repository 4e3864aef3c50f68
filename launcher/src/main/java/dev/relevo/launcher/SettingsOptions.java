package dev.relevo.launcher;

import dev.relevo.common.config.Flag;
import dev.relevo.common.config.Settings;
import dev.relevo.common.config.SettingsLoader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options by which every command finds its settings, and Kafka. */
final class SettingsOptions {
  @Option(
      names = {"-c", "--config"},
      paramLabel = "FILE",
      description = "Settings file (YAML); without one all settings have their defaults.")
  private @Nullable Path file;

  @Option(
      names = "--bootstrap",
      paramLabel = "HOST:PORT",
      description = "Where Kafka is (localhost:9092).")
  private @Nullable String bootstrap;

  Settings load(Map<String, String> environment) {
    return load(new SettingsLoader(), environment, List.of());
  }

  /**
   * @param more what this command's own options say
   */
  Settings load(SettingsLoader loader, Map<String, String> environment, List<Flag> more) {
    List<Flag> flags = new ArrayList<>(more);
    if (bootstrap != null) {
      flags.add(new Flag("--bootstrap", "kafka.bootstrap-servers", bootstrap));
    }
    Settings settings = loader.load(file, environment, flags);
    HiddenSecrets.hide(settings.secrets());
    return settings;
  }

  /** The settings of a process that looks whether their file changes. */
  SettingsSource source(SettingsLoader loader, Map<String, String> environment, List<Flag> more) {
    Settings settings = load(loader, environment, more);
    // Where nobody named the node it would have another name each time.
    SettingsLoader same = loader.withNodeId(settings.node().id());
    return new SettingsSource(
        settings, Optional.ofNullable(file), () -> load(same, environment, more));
  }

  /** The options that lead a tool to the same Kafka, as they were given; empty for none. */
  String asTyped() {
    String config = file == null ? "" : " -c " + file;
    return bootstrap == null ? config : config + " --bootstrap " + bootstrap;
  }
}
