package dev.relevo.node.backend;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Which generation a model of Google's is, by its name: its rules changed with them. A name that
 * tells none, {@code gemini-flash-latest} say, counts as of the newest.
 *
 * @param major 2 in {@code gemini-2.5-pro}
 * @param minor 5 in the same
 */
record GeminiModel(int major, int minor) {
  private static final GeminiModel NEWEST = new GeminiModel(99, 0);
  private static final Pattern GENERATION = Pattern.compile("gemini-(\\d{1,2})(?:\\.(\\d{1,2}))?");

  static GeminiModel of(String name) {
    Matcher found = GENERATION.matcher(name);
    if (!found.find()) {
      return NEWEST;
    }
    String minor = found.group(2);
    return new GeminiModel(
        Integer.parseInt(found.group(1)), minor == null ? 0 : Integer.parseInt(minor));
  }

  /** Whether it goes on with a turn of its own at the end; after 3.1 they refuse it. */
  boolean continuesPrefix() {
    return !since(3, 2);
  }

  /** Whether it can think before it answers, and show that. */
  boolean thinks() {
    return since(2, 5);
  }

  /** Whether it is told how hard to think in a word, and not in tokens. */
  boolean thinksByLevel() {
    return since(3, 0);
  }

  /** Whether it wants its signature beside the tool calls that it made. */
  boolean signsToolCalls() {
    return since(3, 0);
  }

  private boolean since(int otherMajor, int otherMinor) {
    return major > otherMajor || (major == otherMajor && minor >= otherMinor);
  }
}
