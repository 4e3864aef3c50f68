package dev.relevo.common.config;

import java.lang.reflect.RecordComponent;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Which settings differ. It tells their keys and never their values, which may be secrets. */
public final class SettingsDifference {
  private static final String BACKENDS = "node.backends";

  /** Whether Kafka is started here, which is said by the same key as where it is. */
  private static final Map<String, String> SAID_BY =
      Map.of("kafka.embedded", "kafka.bootstrap-servers");

  private SettingsDifference() {}

  /**
   * The keys, sorted, whose values differ, besides those of backends, which can change at any time.
   *
   * @param sections those that matter, such as {@code node}
   */
  public static List<String> keys(Settings before, Settings after, Set<String> sections) {
    Map<String, @Nullable Object> old = values(before);
    Map<String, @Nullable Object> now = values(after);
    return now.keySet().stream()
        .filter(key -> sections.contains(key.substring(0, key.indexOf('.'))))
        .filter(key -> !Objects.equals(old.get(key), now.get(key)))
        .map(key -> SAID_BY.getOrDefault(key, key))
        .distinct()
        .toList();
  }

  /** By key. Components of the settings' records are named like their keys. */
  static Map<String, @Nullable Object> values(Settings settings) {
    Map<String, @Nullable Object> values = new TreeMap<>();
    collect(settings, "", values);
    values.remove(BACKENDS);
    return values;
  }

  private static void collect(Record group, String path, Map<String, @Nullable Object> values) {
    for (RecordComponent component : group.getClass().getRecordComponents()) {
      String key = path + dashed(component.getName());
      Object value = value(component, group);
      if (value instanceof Record nested && !(value instanceof Secret)) {
        collect(nested, key + ".", values);
      } else {
        values.put(key, value);
      }
    }
  }

  private static @Nullable Object value(RecordComponent component, Record of) {
    try {
      return component.getAccessor().invoke(of);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("settings cannot be read: " + component, e);
    }
  }

  private static String dashed(String name) {
    return name.replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT);
  }
}
