package dev.relevo.node.backend;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.SequencedSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Which models a backend is offered for: names as they are written in the settings, patterns
 * resolved against what the server has.
 */
final class ModelNames {
  /** Takes jobs for any model, known or not. */
  static final String ANY = "*";

  private final List<String> configured;

  /**
   * @param configured names and patterns; empty for everything that the server has
   */
  ModelNames(List<String> configured) {
    this.configured = List.copyOf(configured);
  }

  /** What can be offered before the server was asked. */
  List<String> unasked() {
    return configured.stream().filter(name -> name.equals(ANY) || !isPattern(name)).toList();
  }

  /** The names that are written out. */
  List<String> exact() {
    return configured.stream().filter(name -> !isPattern(name)).toList();
  }

  /** What is offered of what the server has; names that are written out are trusted. */
  List<String> resolve(Collection<String> served) {
    if (configured.isEmpty()) {
      return List.copyOf(served);
    }
    SequencedSet<String> names = new LinkedHashSet<>();
    for (String name : configured) {
      if (!isPattern(name) || name.equals(ANY)) {
        names.add(name);
      }
      if (isPattern(name)) {
        Pattern pattern = pattern(name);
        served.stream().filter(model -> pattern.matcher(model).matches()).forEach(names::add);
      }
    }
    return new ArrayList<>(names);
  }

  private static boolean isPattern(String name) {
    return name.indexOf('*') >= 0;
  }

  private static Pattern pattern(String name) {
    return Pattern.compile(
        Stream.of(name.split("\\*", -1)).map(Pattern::quote).collect(Collectors.joining(".*")));
  }
}
