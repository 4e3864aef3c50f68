package dev.relevo.launcher;

/**
 * What this process logs. Chosen once, before anything logs; whoever logs earlier gets the quiet
 * mode of a tool.
 *
 * @param role whether this is a long-running role, whose lines have a time, or a tool, which only
 *     warns
 * @param verbose whether more is wanted
 * @param stackTraces whether exceptions are shown with their stack traces
 * @param format how lines are written
 */
record LogMode(boolean role, boolean verbose, boolean stackTraces, LogFormat format) {
  private static volatile LogMode chosen = new LogMode(false, false, false, LogFormat.TEXT);

  static void choose(LogMode mode) {
    chosen = mode;
  }

  static LogMode chosen() {
    return chosen;
  }
}
