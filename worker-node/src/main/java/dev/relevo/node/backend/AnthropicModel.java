package dev.relevo.node.backend;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Which generation a model of Anthropic's is, by its name: its rules changed with them. A name that
 * tells none, a gateway's alias say, counts as of the newest.
 *
 * @param major 4 in {@code claude-sonnet-4-5-20250929}
 * @param minor 5 in the same
 */
record AnthropicModel(int major, int minor) {
  private static final AnthropicModel NEWEST = new AnthropicModel(99, 0);
  private static final Pattern GENERATION =
      Pattern.compile("claude-(?:[a-z]+-)*v?(\\d{1,2})(?!\\d)(?:[-.](\\d{1,2})(?!\\d))?");

  static AnthropicModel of(String name) {
    Matcher found = GENERATION.matcher(name);
    if (!found.find()) {
      return NEWEST;
    }
    String minor = found.group(2);
    return new AnthropicModel(
        Integer.parseInt(found.group(1)), minor == null ? 0 : Integer.parseInt(minor));
  }

  /** Whether it goes on with an assistant message at the end; from 4.6 on they refuse it. */
  boolean continuesPrefix() {
    return !since(4, 6);
  }

  /** Whether it can think before it answers, and show that. */
  boolean thinks() {
    return since(3, 7);
  }

  /** Whether it decides itself how long to think, and is only told how hard. */
  boolean thinksAsItSeesFit() {
    return since(4, 6);
  }

  /** Whether it refuses to be told how random its answers should be. */
  boolean refusesTemperature() {
    return since(4, 7);
  }

  /** Whether it refuses temperature and top_p together. */
  boolean wantsOneOfTemperatureAndTopP() {
    return since(4, 1);
  }

  /**
   * Tokens of an answer, where the request does not say: every model of the generation has them.
   */
  int defaultMaxTokens() {
    return since(3, 5) ? 8192 : 4096;
  }

  private boolean since(int otherMajor, int otherMinor) {
    return major > otherMajor || (major == otherMajor && minor >= otherMinor);
  }
}
