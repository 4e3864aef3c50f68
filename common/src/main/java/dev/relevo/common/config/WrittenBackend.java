package dev.relevo.common.config;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads one backend from keys and values that stand in no file. */
final class WrittenBackend {
  private static final String BACKEND = "node.backends[0].";
  private static final Pattern VARIABLE = Pattern.compile("\\$\\{([A-Za-z_][A-Za-z0-9_]*)}");

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

  /** Without a default, which would be the key itself. */
  private String key(String value) {
    Matcher variable = VARIABLE.matcher(value);
    if (!variable.matches()) {
      // What is no whole path begins where the node was started.
      return new Placeholders(environment, Path.of(""), problems).replace(value, origin);
    }
    String key = environment.get(variable.group(1));
    if (key == null) {
      problems.add(
          origin, "api-key: the environment variable " + variable.group(1) + " is not set");
      return "";
    }
    return key;
  }
}
