package dev.relevo.launcher;

import org.jspecify.annotations.Nullable;

/**
 * Lets models through by name.
 *
 * @param pattern a name, or how names begin and {@code *}; null lets everything through
 */
record ModelFilter(@Nullable String pattern) {
  boolean matches(@Nullable String model) {
    if (pattern == null) {
      return true;
    }
    return model != null
        && (pattern.endsWith("*")
            ? model.startsWith(pattern.substring(0, pattern.length() - 1))
            : model.equals(pattern));
  }
}
