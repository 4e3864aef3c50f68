package dev.relevo.common.config;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Collects everything that is wrong, so that it is told at once. */
final class Problems {
  private record Problem(Origin origin, String text) {}

  private final List<Problem> found = new ArrayList<>();

  void add(Origin origin, String text) {
    found.add(new Problem(origin, text));
  }

  int count() {
    return found.size();
  }

  void throwIfAny() {
    if (!found.isEmpty()) {
      throw new SettingsException(sorted());
    }
  }

  private List<String> sorted() {
    return found.stream()
        .sorted(Comparator.comparingInt(problem -> problem.origin().order()))
        .map(problem -> problem.origin().place() + ": " + problem.text())
        .distinct()
        .toList();
  }
}
