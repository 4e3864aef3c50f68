package dev.relevo.node.backend;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Looks in a stream of events for JSON that stands there without being one, over as many lines as
 * it likes: how some servers tell an error half way, and what they send instead of a stream.
 */
final class StrayJson {
  /** Longer than any error; what comes beyond it is not looked at. */
  static final int MAX_CHARS = 256 * 1024;

  private final LineSplitter lines = new LineSplitter(OpenAiAnswer.MAX_EVENT_BYTES);
  private final StringBuilder begun = new StringBuilder();
  private boolean first = true;

  /** Takes the first {@code count} bytes; {@link #next} must have been asked for earlier ones. */
  void feed(byte[] bytes, int count) {
    lines.feed(bytes, count);
  }

  /**
   * The error that stands there, or null if none does by now.
   *
   * @param closed whether no more bytes come
   * @throws MalformedStreamException if it is a page for a browser
   */
  @Nullable ServerError next(boolean closed) throws MalformedStreamException {
    for (String line = lines.next(); line != null; line = lines.next()) {
      ServerError error = take(line);
      if (error != null) {
        return error;
      }
    }
    String rest = closed ? lines.rest() : null;
    return rest == null ? null : take(rest);
  }

  private @Nullable ServerError take(String line) throws MalformedStreamException {
    String text = line.strip();
    if (text.isEmpty()) {
      return null;
    }
    if (first && Unreadable.isPage(text.charAt(0))) {
      throw Unreadable.page();
    }
    first = false;
    boolean begins = text.startsWith("{") || text.startsWith("[");
    if ((begun.isEmpty() && !begins) || begun.length() + text.length() > MAX_CHARS) {
      return null;
    }
    begun.append(line).append('\n');
    if (!text.endsWith("}") && !text.endsWith("]")) {
      return null;
    }
    JsonNode node = Json.node(begun.toString());
    if (node == null) {
      return null;
    }
    begun.setLength(0);
    return ServerError.in(node.isArray() && !node.isEmpty() ? node.get(0) : node);
  }
}
