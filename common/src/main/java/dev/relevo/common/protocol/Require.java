package dev.relevo.common.protocol;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** What the constructors of the messages check; an error names the field and the value. */
final class Require {
  private Require() {}

  static <T> T present(@Nullable T value, String field) {
    if (value == null) {
      throw new MalformedRecordException("'" + field + "' is missing");
    }
    return value;
  }

  static String text(@Nullable String value, String field) {
    if (value == null || value.isEmpty()) {
      throw new MalformedRecordException("'" + field + "' is missing or empty");
    }
    return value;
  }

  static long atLeast(long value, long least, String field) {
    if (value < least) {
      throw new MalformedRecordException(
          "'" + field + "' is " + value + ", expected at least " + least);
    }
    return value;
  }

  static <T> List<T> list(@Nullable List<T> value) {
    return value == null ? List.of() : List.copyOf(value);
  }
}
