package dev.relevo.common.config;

import java.util.List;

/** The settings cannot be used; carries every problem that was found, ready to be shown. */
public final class SettingsException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient List<String> problems;

  SettingsException(List<String> problems) {
    super(String.join("\n", problems));
    this.problems = List.copyOf(problems);
  }

  /** One sentence per problem, those of the file first and in its order. */
  public List<String> problems() {
    return problems;
  }
}
