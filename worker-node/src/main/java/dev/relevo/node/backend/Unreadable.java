package dev.relevo.node.backend;

/**
 * Counts what of one answer cannot be read. A part that is broken is skipped, for what comes after
 * it may be good; whether the answer is whole still shows its end.
 */
final class Unreadable {
  /** More than this is no answer with a broken part any more. */
  static final int MAX_SKIPPED = 1_000;

  private int count;

  /**
   * Skips one.
   *
   * @param what for people
   * @throws MalformedStreamException if it is one too many
   */
  Step skip(String what) throws MalformedStreamException {
    count++;
    if (count > MAX_SKIPPED) {
      throw new MalformedStreamException(
          "sent more than " + MAX_SKIPPED + " parts that cannot be read, such as " + what);
    }
    return new Step.Skipped(what);
  }

  /** What an answer that was cut says of it; empty if everything could be read. */
  String note() {
    return switch (count) {
      case 0 -> "";
      case 1 -> " (one part before could not be read)";
      default -> " (" + count + " parts before could not be read)";
    };
  }

  /** The failure that a page for a browser is, where an answer was expected. */
  static MalformedStreamException page() {
    return new MalformedStreamException(
        "sent a page of HTML instead of an answer: a proxy before it may have failed, or base-url"
            + " is not its address");
  }

  /** Whether the first character of an answer begins a page. */
  static boolean isPage(char first) {
    return first == '<';
  }
}
