package dev.relevo.launcher;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** How log lines are written. */
enum LogFormat {
  /** For people. */
  TEXT,
  /** For programs: a JSON object for each line. */
  JSON;

  static Optional<LogFormat> of(String text) {
    return Arrays.stream(values())
        .filter(format -> format.name().toLowerCase(Locale.ROOT).equals(text))
        .findFirst();
  }
}
