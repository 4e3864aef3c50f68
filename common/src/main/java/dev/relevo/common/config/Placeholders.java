package dev.relevo.common.config;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Replaces {@code ${NAME}} and {@code ${NAME:default}} by environment variables, and {@code
 * ${file:PATH}} by what stands in a file. A default counts when the variable is not set or empty; a
 * second dollar sign before it keeps it as it is.
 */
final class Placeholders {
  private static final Pattern PLACEHOLDER =
      Pattern.compile(
          "\\$\\$\\{|\\$\\{(?:file:(?<file>[^}]*)}|(?<name>[A-Za-z_][A-Za-z0-9_]*)(?<otherwise>:[^}]*)?})?");

  private static final String NO_PATH = "after ${file: the path of a file and } are expected";

  private final Map<String, String> environment;
  private final Path folder;
  private final Problems problems;

  /**
   * @param folder where relative paths begin
   */
  Placeholders(Map<String, String> environment, Path folder, Problems problems) {
    this.environment = environment;
    this.folder = folder;
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
    String file = match.group("file");
    if (file != null) {
      return contentOf(file, origin);
    }
    String name = match.group("name");
    if (name == null) {
      problems.add(
          origin,
          "after ${ a variable's name, or file: and a path, and } are expected; $${ stands for ${"
              + " itself");
      return "";
    }
    String value = environment.get(name);
    String otherwise = match.group("otherwise");
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

  private String contentOf(String file, Origin origin) {
    if (file.isBlank()) {
      problems.add(origin, NO_PATH);
      return "";
    }
    try {
      return ValueFile.read(
          folder.resolve(file),
          problem -> problems.add(origin, "the file " + file + " " + problem));
    } catch (InvalidPathException noPath) {
      problems.add(origin, NO_PATH);
      return "";
    }
  }
}
