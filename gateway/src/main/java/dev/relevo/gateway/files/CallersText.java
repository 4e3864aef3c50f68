package dev.relevo.gateway.files;

/**
 * Texts that callers wrote, on their way into records and answers. These are UTF-8, which cannot
 * hold half of a surrogate pair; JSON can, as {@code \ud83d}. Pure.
 */
public final class CallersText {
  private CallersText() {}

  /** Whether no half of a surrogate pair stands in it alone. */
  public static boolean isWhole(String text) {
    // Of a pair this finds the code point; of a half by itself, the half.
    return text.codePoints().noneMatch(CallersText::isHalf);
  }

  private static boolean isHalf(int codePoint) {
    return codePoint >= Character.MIN_SURROGATE && codePoint <= Character.MAX_SURROGATE;
  }

  /**
   * Its beginning, which splits no pair.
   *
   * @param most characters that are left of it
   */
  public static String cut(String text, int most) {
    if (text.length() <= most) {
      return text;
    }
    return text.substring(0, Character.isHighSurrogate(text.charAt(most - 1)) ? most - 1 : most);
  }
}
