package dev.relevo.launcher;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/** docker-compose.yml as Docker reads it: merged, with variables replaced, all values text. */
final class ComposeFile {
  static final Path ROOT = Path.of("..");

  private static final Pattern VARIABLE = Pattern.compile("\\$\\{([A-Z_]+):-([^}]*)}");

  private final Map<String, Object> document;

  private ComposeFile(Map<String, Object> document) {
    this.document = document;
  }

  /**
   * @param environment what the person who calls {@code docker compose} has set
   */
  static ComposeFile read(Map<String, String> environment) throws IOException {
    String yaml = Files.readString(ROOT.resolve("docker-compose.yml"));
    Object loaded = new Load(LoadSettings.builder().build()).loadFromString(yaml);
    return new ComposeFile(map(plain(loaded, environment)));
  }

  /** Its services by name, in the order of the file. */
  Map<String, Service> services() {
    Map<String, Service> services = new LinkedHashMap<>();
    map(document.get("services"))
        .forEach((name, service) -> services.put(name, new Service(name, map(service))));
    return services;
  }

  /** Those whose names begin so. */
  List<Service> services(String prefix) {
    return services().values().stream()
        .filter(service -> service.name().startsWith(prefix))
        .toList();
  }

  List<String> volumes() {
    return List.copyOf(map(document.get("volumes")).keySet());
  }

  /** One service. */
  record Service(String name, Map<String, Object> keys) {

    String text(String key) {
      return String.valueOf(keys.get(key));
    }

    List<String> texts(String key) {
      return list(keys.get(key));
    }

    Map<String, String> environment() {
      Map<String, String> environment = new LinkedHashMap<>();
      map(keys.get("environment"))
          .forEach((name, value) -> environment.put(name, String.valueOf(value)));
      return environment;
    }

    /** The parts of {@code host:port:port} or {@code volume:path}, without an address before. */
    String[] pair(String key) {
      String[] parts = texts(key).getFirst().split(":", -1);
      return new String[] {parts[parts.length - 2], parts[parts.length - 1]};
    }

    /** The command of its health check, without the leading {@code CMD}. */
    List<String> healthCommand() {
      List<String> test = list(map(keys.get("healthcheck")).get("test"));
      return test.subList(1, test.size());
    }

    Map<String, Object> dependencies() {
      return map(keys.get("depends_on"));
    }
  }

  @SuppressWarnings("unchecked")
  static Map<String, Object> map(Object value) {
    return (Map<String, Object>) value;
  }

  private static List<String> list(Object value) {
    return ((List<?>) value).stream().map(String::valueOf).toList();
  }

  private static Object plain(Object value, Map<String, String> environment) {
    return switch (value) {
      case Map<?, ?> map -> merged(map, environment);
      case List<?> list -> {
        List<Object> plain = new ArrayList<>();
        list.forEach(element -> plain.add(plain(element, environment)));
        yield plain;
      }
      case String text -> replaced(text, environment);
      case null -> Map.of();
      default -> value;
    };
  }

  /** What {@code <<} brings stands below what the mapping itself says. */
  private static Map<String, Object> merged(Map<?, ?> map, Map<String, String> environment) {
    Map<String, Object> merged = new LinkedHashMap<>();
    if (map.get("<<") instanceof Map<?, ?> below) {
      merged.putAll(merged(below, environment));
    }
    map.forEach((key, value) -> {
      if (!key.equals("<<")) {
        merged.put(String.valueOf(key), plain(value, environment));
      }
    });
    return merged;
  }

  private static String replaced(String text, Map<String, String> environment) {
    return VARIABLE
        .matcher(text)
        .replaceAll(variable ->
            Matcher.quoteReplacement(
                environment.getOrDefault(variable.group(1), variable.group(2))));
  }
}
