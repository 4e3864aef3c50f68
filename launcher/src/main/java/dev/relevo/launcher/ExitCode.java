package dev.relevo.launcher;

/** What the command's exit codes mean. */
final class ExitCode {
  static final int DONE = 0;

  /** It was tried, and did not work. */
  static final int FAILED = 1;

  /** Wrong use, wrong setting, unreachable Kafka, missing permission, busy port. */
  static final int WRONG_USE = 2;

  /** Ctrl-C. */
  static final int INTERRUPTED = 130;

  private ExitCode() {}
}
