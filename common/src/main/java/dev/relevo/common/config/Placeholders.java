package dev.relevo.common.config;

import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Replaces {@code ${NAME}} and {@code ${NAME:default}} by environment variables. A default counts
 * when the variable is not set or empty; a second dollar sign before it keeps it as it is.
 */
final class Placeholders {
  private static final Pattern PLACEHOLDER =
      Pattern.compile("\\$\\$\\{|\\$\\{(?:([A-Za-z_][A-Za-z0-9_]*)(:[^}]*)?})?");

  private final Map<String, String> environment;
  private final Problems problems;

  Placeholders(Map<String, String> environment, Problems problems) {
    this.environment = environment;
    this.problems = problems;
  }

  String replace(String text, Origin origin) {
    return PLACEHOLDER
        .matcher(text)
        .replaceAll(match -> Matcher.quoteReplacement(valueOf(match, origin)));
  }

  private String valueOf(MatchResult match, Origin origin) {
    if (match.group().equals("$${")) {
      return "${";
    }
    String name = match.group(1);
    if (name == null) {
      problems.add(
          origin, "after ${ a variable's name and } are expected; $${ stands for ${ itself");
      return "";
    }
    String value = environment.get(name);
    String otherwise = match.group(2);
    if (otherwise != null) {
      return value == null || value.isEmpty() ? otherwise.substring(1) : value;
    }
    if (value == null) {
      problems.add(
          origin,
          "the environment variable "
              + name
              + " is not set; set it, or write a default: ${"
              + name
              + ":default}");
      return "";
    }
    return value;
  }
}
