package dev.relevo.node.backend;

import dev.relevo.common.config.BackendSettings;
import dev.relevo.common.config.SettingsLoader;
import java.util.List;
import java.util.Map;

/** Backends that the program around a node has made itself; there will be no others. */
public final class FixedBackends implements BackendSource {
  private final List<Worker> workers;

  public FixedBackends(List<Worker> workers) {
    this.workers = List.copyOf(workers);
  }

  /**
   * The settings of each of them.
   *
   * @param configured where they are looked for by name; others have the defaults
   */
  public List<BackendSettings> settings(List<BackendSettings> configured) {
    return workers.stream()
        .map(Worker::info)
        .map(info ->
            configured.stream()
                .filter(backend -> backend.name().equals(info.name()))
                .findFirst()
                .orElseGet(() ->
                    new SettingsLoader()
                        .backend(info.name(), Map.of("type", info.type()), Map.of())))
        .toList();
  }

  @Override
  public Worker make(BackendSettings settings) {
    return workers.stream()
        .filter(worker -> worker.info().name().equals(settings.name()))
        .findFirst()
        .orElseThrow(() -> noOthers(settings.name()));
  }

  @Override
  public BackendSettings read(String name, Map<String, String> written) {
    throw noOthers(name);
  }

  private static IllegalArgumentException noOthers(String name) {
    return new IllegalArgumentException(
        "Backend "
            + name
            + " cannot be made: the program that runs this node chooses its backends.");
  }
}
