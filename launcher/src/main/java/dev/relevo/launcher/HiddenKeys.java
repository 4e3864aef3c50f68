package dev.relevo.launcher;

import dev.relevo.common.config.BackendSettings;
import dev.relevo.node.backend.BackendSource;
import dev.relevo.node.backend.Worker;
import java.util.List;
import java.util.Map;

/** Backends whose keys nothing that this process logs may show, also when an order names them. */
record HiddenKeys(BackendSource source) implements BackendSource {
  @Override
  public Worker make(BackendSettings settings) {
    return source.make(settings);
  }

  @Override
  public BackendSettings read(String name, Map<String, String> written) {
    BackendSettings backend = source.read(name, written);
    HiddenSecrets.hide(BackendSettings.secrets(List.of(backend)));
    return backend;
  }
}
