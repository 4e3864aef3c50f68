package dev.relevo.common.config;

/**
 * Where a value was written.
 *
 * @param place as a message names it: {@code relevo.yaml:3}, an environment variable, or an option
 * @param order problems are shown in this order
 */
record Origin(String place, int order) {
  private static final int AFTER_EVERY_LINE = Integer.MAX_VALUE;

  static Origin line(String file, int line) {
    return new Origin(file + ":" + line, line);
  }

  static Origin file(String file) {
    return new Origin(file, 0);
  }

  static Origin flag(String name) {
    return new Origin("option " + name, AFTER_EVERY_LINE);
  }

  static Origin backend(String name) {
    return new Origin("backend " + name, AFTER_EVERY_LINE);
  }

  static Origin variable(String name) {
    return new Origin("environment variable " + name, AFTER_EVERY_LINE);
  }
}
