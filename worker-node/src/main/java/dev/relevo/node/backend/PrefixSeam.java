package dev.relevo.node.backend;

import org.jspecify.annotations.Nullable;

/**
 * Joins a continuation to the text that it continues. The reader has that text already, with the
 * white space at its end; the server was given it without (servers trim or refuse it). So what the
 * server repeats is dropped: the whole text where it echoes, and of the white space what the reader
 * has.
 */
final class PrefixSeam {
  private final String sent;
  private final String trimmed;
  private final boolean mayEcho;
  private @Nullable StringBuilder held = new StringBuilder();

  /**
   * @param prefix what the reader has
   * @param mayEcho whether the server may repeat it before it goes on
   */
  PrefixSeam(String prefix, boolean mayEcho) {
    this.sent = prefix.stripTrailing();
    this.trimmed = prefix.substring(sent.length());
    this.mayEcho = mayEcho && !sent.isEmpty();
  }

  /** What a server is to be given as the beginning of its answer. */
  static String toSend(String prefix) {
    return prefix.stripTrailing();
  }

  /** Takes the next text and gives what is new of it, possibly nothing yet. */
  String accept(String text) {
    if (held == null) {
      return text;
    }
    held.append(text);
    String known = held.toString();
    if (mayEcho && couldBecome(known, sent)) {
      return "";
    }
    String after = mayEcho && known.startsWith(sent) ? known.substring(sent.length()) : known;
    if (couldBecome(after, trimmed)) {
      return "";
    }
    held = null;
    return after.substring(common(after, trimmed));
  }

  /** What is held back, when no more text comes. */
  String end() {
    if (held == null) {
      return "";
    }
    String known = held.toString();
    held = null;
    String after = mayEcho && known.startsWith(sent) ? known.substring(sent.length()) : known;
    return after.substring(common(after, trimmed));
  }

  /** Whether what stands there is only a part of what is expected, so that more must be seen. */
  private static boolean couldBecome(String known, String expected) {
    return known.length() < expected.length() && expected.startsWith(known);
  }

  private static int common(String text, String expected) {
    int count = 0;
    while (count < text.length()
        && count < expected.length()
        && text.charAt(count) == expected.charAt(count)) {
      count++;
    }
    return count;
  }
}
