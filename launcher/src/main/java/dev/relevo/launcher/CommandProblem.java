package dev.relevo.launcher;

import org.jspecify.annotations.Nullable;

/** Ends the command with a sentence for its user: what happened, to what, and what to do. */
final class CommandProblem extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final int exitCode;

  private CommandProblem(int exitCode, String sentence, @Nullable Throwable cause) {
    super(sentence, cause);
    this.exitCode = exitCode;
  }

  /** What was asked for cannot be done like this. */
  static CommandProblem wrongUse(String sentence) {
    return new CommandProblem(ExitCode.WRONG_USE, sentence, null);
  }

  /** What was asked for cannot be done like this. */
  static CommandProblem wrongUse(String sentence, Throwable cause) {
    return new CommandProblem(ExitCode.WRONG_USE, sentence, cause);
  }

  /** It was tried, and did not work. */
  static CommandProblem failed(String sentence) {
    return new CommandProblem(ExitCode.FAILED, sentence, null);
  }

  /** It was tried, and did not work. */
  static CommandProblem failed(String sentence, Throwable cause) {
    return new CommandProblem(ExitCode.FAILED, sentence, cause);
  }

  int exitCode() {
    return exitCode;
  }
}
