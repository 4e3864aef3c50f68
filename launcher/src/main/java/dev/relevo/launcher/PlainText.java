package dev.relevo.launcher;

import java.util.function.IntConsumer;

/**
 * Makes what somebody else wrote fit for a terminal: whatever could move a cursor, change colours,
 * turn the direction of writing or hide is shown as its code, <code>&#92;u001b</code> for instance.
 */
final class PlainText {
  private static final String CUT = "…";

  private PlainText() {}

  /** One line: line ends and tabs are shown as codes, too. */
  static String line(String text) {
    return escaped(text, false);
  }

  /**
   * One line that is not longer than this.
   *
   * @param most characters, the mark of what was cut included; 1 or more
   */
  static String line(String text, int most) {
    // Codes only make it longer, so there is no need to look at more than this.
    String line = line(text.length() > most ? text.substring(0, most + 1) : text);
    return line.length() > most ? line.substring(0, most - 1) + CUT : line;
  }

  /** Text of several lines; it stays the same JSON if it was JSON. */
  static String lines(String text) {
    return escaped(text, true);
  }

  /**
   * A text that somebody reads as it is, such as an answer: line ends and tabs stay, and the signs
   * that join letters and pictures in many scripts; whatever moves the cursor or turns the
   * direction of writing does not.
   */
  static String text(String text) {
    StringBuilder plain = new StringBuilder(text.length());
    text.chars()
        .forEach(unit -> {
          if (unit == '\n' || unit == '\t' || !isSteering(unit)) {
            plain.append((char) unit);
          } else {
            code(plain).accept(unit);
          }
        });
    return plain.toString();
  }

  private static boolean isSteering(int unit) {
    return Character.isISOControl(unit)
        || unit == '\u200e'
        || unit == '\u200f'
        || unit == '\u061c'
        || (unit >= '\u2028' && unit <= '\u202e')
        || (unit >= '\u2066' && unit <= '\u2069');
  }

  private static String escaped(String text, boolean lineEnds) {
    StringBuilder plain = null;
    for (int i = 0; i < text.length(); ) {
      int point = text.codePointAt(i);
      int width = Character.charCount(point);
      boolean shown = isHarmless(point) || (lineEnds && point == '\n');
      if (!shown && plain == null) {
        plain = new StringBuilder(text.length() + 16).append(text, 0, i);
      }
      if (plain != null) {
        if (shown) {
          plain.appendCodePoint(point);
        } else {
          text.substring(i, i + width).chars().forEach(code(plain));
        }
      }
      i += width;
    }
    return plain == null ? text : plain.toString();
  }

  private static IntConsumer code(StringBuilder plain) {
    return unit -> plain.append(String.format("\\u%04x", unit));
  }

  private static boolean isHarmless(int point) {
    return (point >= ' ' && point <= '~') || isHarmlessByType(point);
  }

  private static boolean isHarmlessByType(int point) {
    return switch (Character.getType(point)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.SURROGATE,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR,
          Character.PRIVATE_USE,
          Character.UNASSIGNED ->
          false;
      default -> true;
    };
  }
}
