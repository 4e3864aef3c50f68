package dev.relevo.launcher;

/** The rule for ports on the command line. */
final class PortOption {
  private static final int HIGHEST = 65_535;

  private PortOption() {}

  static int check(String option, int port) {
    if (port < 0 || port > HIGHEST) {
      throw CommandProblem.wrongUse(
          option + " is " + port + ", expected 0 to " + HIGHEST + " (0: any free one).");
    }
    return port;
  }
}
