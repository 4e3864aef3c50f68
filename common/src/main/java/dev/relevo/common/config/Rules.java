package dev.relevo.common.config;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What the constructor of a settings record demands; all broken rules are told together. */
final class Rules {
  private final String section;
  private final List<Broken> broken = new ArrayList<>();

  Rules(String section) {
    this.section = section;
  }

  /**
   * A rule that is not kept.
   *
   * @param keys those it speaks of; the first is the one to change
   */
  record Broken(List<String> keys, String message) {}

  /** The value has to be one that could be written for this setting. */
  <T> Rules check(Entry.Setting<T> setting, T value) {
    @Nullable String complaint = setting.kind().complaint(value);
    if (complaint != null) {
      broken.add(new Broken(List.of(setting.name()), complaint));
    }
    return this;
  }

  /** A rule over several keys. */
  Rules require(boolean kept, String message, String... keys) {
    if (!kept) {
      broken.add(new Broken(List.of(keys), message));
    }
    return this;
  }

  void verify() {
    if (!broken.isEmpty()) {
      throw new BrokenRulesException(section, broken);
    }
  }

  /** Thrown by the constructors of settings; the message names key, value and what is expected. */
  static final class BrokenRulesException extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    private final transient List<Broken> broken;

    BrokenRulesException(String section, List<Broken> broken) {
      super(
          String.join(
              "; ",
              broken.stream()
                  .map(rule -> section + "." + rule.keys().get(0) + ": " + rule.message())
                  .toList()));
      this.broken = List.copyOf(broken);
    }

    List<Broken> broken() {
      return broken;
    }
  }
}
