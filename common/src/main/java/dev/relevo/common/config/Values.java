package dev.relevo.common.config;

import java.util.HashMap;
import java.util.Map;

/** The values that were given for the entries of one section; the others have their default. */
final class Values {
  private final Map<String, Object> given = new HashMap<>();

  <T> void put(Entry<T> entry, T value) {
    given.put(entry.name(), value);
  }

  /**
   * The value of an entry of this section. The cast is safe: {@link #put} is the only way in, and
   * names are unique in a section.
   */
  @SuppressWarnings("unchecked")
  <T> T get(Entry<T> entry) {
    Object value = given.get(entry.name());
    return value == null ? entry.defaultValue() : (T) value;
  }
}
