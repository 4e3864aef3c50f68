package dev.relevo.operator;

import org.jspecify.annotations.Nullable;

/**
 * Lets models through by name.
 *
 * @param pattern a name, or how names begin and {@code *}; null lets everything through
 */
public record ModelFilter(@Nullable String pattern) {
  /** Whether a model is let through; null is only by a filter without pattern. */
  public boolean matches(@Nullable String model) {
    if (pattern == null) {
      return true;
    }
    return model != null
        && (pattern.endsWith("*")
            ? model.startsWith(pattern.substring(0, pattern.length() - 1))
            : model.equals(pattern));
  }
}
