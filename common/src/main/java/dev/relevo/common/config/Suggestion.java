package dev.relevo.common.config;

import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;

/** Finds what somebody most likely meant to write. */
public final class Suggestion {
  private static final int MAX_WORD_LENGTH = 200;

  private Suggestion() {}

  /**
   * The candidate nearest to the word, if it is near enough to be a typing mistake: one change for
   * short words, more for longer ones.
   */
  public static Optional<String> nearest(String word, Collection<String> candidates) {
    if (word.length() > MAX_WORD_LENGTH) {
      return Optional.empty();
    }
    int allowed = Math.max(1, word.length() / 3);
    return candidates.stream()
        .filter(candidate -> distance(word, candidate) <= allowed)
        .min(Comparator.comparingInt(candidate -> distance(word, candidate)));
  }

  /** The words {@code " (did you mean X?)"}, or nothing. */
  static String asQuestion(Optional<String> suggestion) {
    return suggestion.map(text -> " (did you mean " + text + "?)").orElse("");
  }

  /** Changes of one letter, and swaps of two neighbours, that lead from one word to the other. */
  static int distance(String one, String other) {
    String from = one.toLowerCase(Locale.ROOT);
    String to = other.toLowerCase(Locale.ROOT);
    int[][] cost = new int[from.length() + 1][to.length() + 1];
    for (int i = 0; i <= from.length(); i++) {
      for (int j = 0; j <= to.length(); j++) {
        cost[i][j] = i == 0 || j == 0 ? i + j : step(from, to, i, j, cost);
      }
    }
    return cost[from.length()][to.length()];
  }

  private static int step(String from, String to, int i, int j, int[][] cost) {
    boolean same = from.charAt(i - 1) == to.charAt(j - 1);
    int best = cost[i - 1][j - 1] + (same ? 0 : 1);
    best = Math.min(best, Math.min(cost[i - 1][j], cost[i][j - 1]) + 1);
    boolean swapped =
        i > 1
            && j > 1
            && from.charAt(i - 1) == to.charAt(j - 2)
            && from.charAt(i - 2) == to.charAt(j - 1);
    return swapped ? Math.min(best, cost[i - 2][j - 2] + 1) : best;
  }
}
