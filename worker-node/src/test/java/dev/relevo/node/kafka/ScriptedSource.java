package dev.relevo.node.kafka;

import dev.relevo.common.config.BackendSettings;
import dev.relevo.common.config.SettingsLoader;
import dev.relevo.node.backend.BackendSource;
import dev.relevo.node.backend.Worker;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;

/** Makes a scripted worker for each backend; one whose name begins with {@code bad} it cannot. */
final class ScriptedSource implements BackendSource {
  private final List<ScriptedWorker> made = new CopyOnWriteArrayList<>();

  /** A backend for model {@code m}. */
  static BackendSettings backend(String name, String... keysAndValues) {
    Map<String, String> written = new HashMap<>(Map.of("type", "scripted", "models", "m"));
    for (int i = 0; i < keysAndValues.length; i += 2) {
      written.put(keysAndValues[i], keysAndValues[i + 1]);
    }
    return new SettingsLoader().backend(name, written, Map.of());
  }

  @Override
  public Worker make(BackendSettings settings) {
    if (settings.name().startsWith("bad")) {
      throw new IllegalArgumentException("Backend " + settings.name() + " cannot be made.");
    }
    ScriptedWorker worker =
        new ScriptedWorker(
            settings.name(), settings.priority(), true, settings.models().toArray(String[]::new));
    made.add(worker);
    return worker;
  }

  @Override
  public BackendSettings read(String name, Map<String, String> written) {
    return new SettingsLoader().withTypes(List.of("scripted")).backend(name, written, Map.of());
  }

  /** How many were made for a backend. */
  long count(String name) {
    return made.stream().filter(worker -> worker.info().name().equals(name)).count();
  }

  /** The worker that was made last for a backend. */
  ScriptedWorker worker(String name) {
    return Objects.requireNonNull(
        made.reversed().stream()
            .filter(worker -> worker.info().name().equals(name))
            .findFirst()
            .orElse(null),
        name);
  }
}
