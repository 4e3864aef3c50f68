package dev.relevo.gateway.files;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * What the head of a form's part says (RFC 7578). Names are taken as they are: of what is escaped
 * with a percent sign only quotes and line ends are, as browsers and SDKs do it, so {@code
 * 100%.jsonl} is a name. Pure.
 *
 * @param name of the field; empty where it has none
 * @param filename without a path
 */
record FormField(String name, Optional<String> filename) {

  /**
   * Reads it.
   *
   * @param disposition the value of {@code Content-Disposition}
   */
  static FormField of(String disposition) {
    Map<String, String> parameters = new Parameters(disposition).read();
    Optional<String> plain =
        Optional.ofNullable(parameters.get("filename")).map(FormField::unescaped);
    Optional<String> encoded = Optional.ofNullable(parameters.get("filename*"));
    return new FormField(
        unescaped(parameters.getOrDefault("name", "")),
        plain.or(() -> encoded.flatMap(FormField::decoded)).map(FormField::withoutPath));
  }

  private static String unescaped(String text) {
    return text.replace("%22", "\"")
        .replace("%0D", "\r")
        .replace("%0d", "\r")
        .replace("%0A", "\n")
        .replace("%0a", "\n");
  }

  /** {@code UTF-8''n%C3%A4me}, which forms should not have, and some clients write all the same. */
  private static Optional<String> decoded(String extended) {
    String beginning = "utf-8'";
    int at = extended.indexOf('\'', beginning.length());
    if (at < 0 || !extended.toLowerCase(Locale.ROOT).startsWith(beginning)) {
      return Optional.empty();
    }
    try {
      String value = extended.substring(at + 1).replace("+", "%2B");
      return Optional.of(URLDecoder.decode(value, StandardCharsets.UTF_8));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  private static String withoutPath(String name) {
    return name.substring(Math.max(name.lastIndexOf('/'), name.lastIndexOf('\\')) + 1);
  }

  /** The parameters behind the first semicolon. */
  private static final class Parameters {
    private final String text;
    private int at;

    Parameters(String text) {
      this.text = text;
      this.at = text.indexOf(';');
    }

    Map<String, String> read() {
      Map<String, String> found = new HashMap<>();
      while (at >= 0 && at < text.length()) {
        at++;
        String name = until("=;").strip().toLowerCase(Locale.ROOT);
        if (at < text.length() && text.charAt(at) == '=') {
          at++;
          found.putIfAbsent(name, value());
        }
      }
      return found;
    }

    private String until(String stops) {
      int from = at;
      while (at < text.length() && stops.indexOf(text.charAt(at)) < 0) {
        at++;
      }
      return text.substring(from, at);
    }

    private String value() {
      while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
        at++;
      }
      if (at == text.length() || text.charAt(at) != '"') {
        return until(";").strip();
      }
      at++;
      StringBuilder quoted = new StringBuilder();
      while (at < text.length() && text.charAt(at) != '"') {
        if (text.startsWith("\\\"", at) || text.startsWith("\\\\", at)) {
          at++;
        }
        quoted.append(text.charAt(at++));
      }
      until(";");
      return quoted.toString();
    }
  }
}
