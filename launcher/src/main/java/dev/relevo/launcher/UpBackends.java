package dev.relevo.launcher;

import dev.relevo.common.config.BackendSettings;
import dev.relevo.common.config.Settings;
import java.util.List;
import java.util.Optional;

/**
 * Which backends the nodes of {@code up} have by settings that are read while they run: what is
 * configured, else what was found at the start. Not thread-safe.
 */
final class UpBackends {
  private final ModelServerSearch search;
  private Optional<List<BackendSettings>> found;

  /**
   * @param started with which settings it was started
   * @param choice what came of them
   */
  UpBackends(ModelServerSearch search, Settings started, BackendChoice choice) {
    this.search = search;
    this.found =
        started.node().choosesBackends() ? Optional.empty() : Optional.of(choice.backends());
  }

  /** The backends that settings mean; servers are looked for once at most. */
  List<BackendSettings> of(Settings settings) {
    if (settings.node().choosesBackends()) {
      return settings.node().backends();
    }
    List<BackendSettings> servers =
        found.orElseGet(() -> BackendChoice.of(settings.node(), search).backends());
    found = Optional.of(servers);
    return servers;
  }
}
