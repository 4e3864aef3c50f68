package dev.relevo.common.config;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads one backend from keys and values that stand in no file. */
final class WrittenBackend {
  private static final String BACKEND = "node.backends[0].";

  private final String name;
  private final Map<String, String> environment;
  private final Problems problems;
  private final Origin origin;

  WrittenBackend(String name, Map<String, String> environment, Problems problems) {
    this.name = name;
    this.environment = environment;
    this.problems = problems;
    this.origin = Origin.backend(name);
  }

  /** The backend, or null after telling what is wrong. */
  @Nullable BackendSettings read(Map<String, String> written, BackendTypes types) {
    Raw.Mapping root = new Raw.Mapping(origin, new LinkedHashMap<>());
    EnvironmentOverrides keys = new EnvironmentOverrides(root, problems);
    List<String> known =
        SettingPaths.all().stream()
            .map(SettingPath::key)
            .filter(key -> key.startsWith(BACKEND))
            .map(key -> key.substring(BACKEND.length()))
            .filter(key -> !key.equals(BackendSettings.NAME.name()))
            .toList();
    keys.apply(origin, BackendSettings.NAME.name(), name);
    written.forEach((key, value) -> {
      if (known.contains(key)) {
        keys.apply(origin, key, key.equals(BackendSettings.API_KEY.name()) ? key(value) : value);
      } else {
        problems.add(
            origin,
            key
                + ": there is no such setting"
                + Suggestion.asQuestion(Suggestion.nearest(key, known)));
      }
    });
    types.check(root, "", problems);
    return new SectionReader(problems).read(BackendSettings.SECTION, root, "");
  }

  private String key(String value) {
    // A path on a command line begins where that was written.
    return new Placeholders(environment, Path.of(""), problems).replace(value, origin);
  }
}
