package dev.relevo.node.backend;

import dev.relevo.common.config.BackendSettings;
import java.util.Map;

/** Where a node's backends come from, at its start and while it runs. Thread-safe. */
public interface BackendSource {

  /**
   * Makes a backend; does not speak to it yet.
   *
   * @throws IllegalArgumentException if nobody has its type or its settings cannot be used, with a
   *     sentence for people
   */
  Worker make(BackendSettings settings);

  /**
   * Reads what an order says of a backend.
   *
   * @param written settings as in a file, with dots between keys; the key is only named
   * @throws dev.relevo.common.config.SettingsException with all that is wrong
   */
  BackendSettings read(String name, Map<String, String> written);
}
