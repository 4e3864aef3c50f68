package dev.relevo.common.protocol;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** What the constructors of the messages check; an error names the field and the value. */
final class Require {
  /** Characters of a name: nodes, incarnations, backends, models. */
  static final int MAX_NAME = 256;

  /** Characters of what is said to people: reasons and messages. */
  static final int MAX_WORDS = 1_000;

  private static final String CUT = "…";
  private static final char REPLACED = '\ufffd';

  private Require() {}

  static <T> T present(@Nullable T value, String field) {
    if (value == null) {
      throw new MalformedRecordException("'" + field + "' is missing");
    }
    return value;
  }

  static String text(@Nullable String value, String field) {
    if (value == null || value.isEmpty()) {
      throw new MalformedRecordException("'" + field + "' is missing or empty");
    }
    return value;
  }

  /**
   * A name that travels on into other records: state, assignments, beats. A record of a megabyte
   * that somebody made up must not make ours too large for Kafka.
   */
  static String name(@Nullable String value, String field) {
    String name = text(value, field);
    if (name.length() > MAX_NAME) {
      throw new MalformedRecordException(
          "'" + field + "' is " + name.length() + " characters long, at most " + MAX_NAME);
    }
    return name;
  }

  /** A name in somebody's history, where a cut one is better than none. */
  static String cutName(@Nullable String value, String field) {
    return fit(text(value, field), MAX_NAME);
  }

  static @Nullable String cutNameOrNull(@Nullable String value) {
    return value == null ? null : fit(value, MAX_NAME);
  }

  /**
   * Words for people: cut at {@link #MAX_WORDS}, and without control characters but line ends and
   * tabs.
   */
  static String words(@Nullable String value, String field) {
    return fit(present(value, field), MAX_WORDS);
  }

  private static String fit(String text, int most) {
    String cut = text;
    if (text.length() > most) {
      int end = Character.isHighSurrogate(text.charAt(most - 2)) ? most - 2 : most - 1;
      cut = text.substring(0, end) + CUT;
    }
    return isPlain(cut) ? cut : plain(cut);
  }

  /** A loop and no stream: most of what is read passes here. */
  private static boolean isPlain(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (!isPlain(text.charAt(i))) {
        return false;
      }
    }
    return true;
  }

  private static boolean isPlain(int character) {
    return !Character.isISOControl(character) || character == '\n' || character == '\t';
  }

  private static String plain(String text) {
    StringBuilder plain = new StringBuilder(text.length());
    text.chars().forEach(c -> plain.append(isPlain(c) ? (char) c : REPLACED));
    return plain.toString();
  }

  static long atLeast(long value, long least, String field) {
    if (value < least) {
      throw new MalformedRecordException(
          "'" + field + "' is " + value + ", expected at least " + least);
    }
    return value;
  }

  static <T> List<T> list(@Nullable List<T> value) {
    return value == null ? List.of() : List.copyOf(value);
  }
}
