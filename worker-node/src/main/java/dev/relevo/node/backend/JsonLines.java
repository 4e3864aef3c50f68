package dev.relevo.node.backend;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * Reads a stream of JSON objects, one a line, however its bytes were split on their way. Empty
 * lines are skipped. It knows nothing of HTTP and nothing of what the objects mean.
 */
final class JsonLines {

  /**
   * One line.
   *
   * @param text as it came, not blank
   * @param object what it is; null if it is no JSON object
   */
  record Line(String text, @Nullable ObjectNode object) {}

  private final LineSplitter lines;

  /**
   * @param maxLineBytes bytes that a line may have at most
   */
  JsonLines(int maxLineBytes) {
    this.lines = new LineSplitter(maxLineBytes);
  }

  /** Takes the first {@code count} bytes; all lines of earlier ones must have been taken. */
  void feed(byte[] bytes, int count) {
    lines.feed(bytes, count);
  }

  /**
   * The next whole line, or null if more bytes are needed.
   *
   * @throws MalformedStreamException if it is longer than allowed
   */
  @Nullable Line next() throws MalformedStreamException {
    for (String line = lines.next(); line != null; line = lines.next()) {
      if (!line.isBlank()) {
        return read(line);
      }
    }
    return null;
  }

  /** The last line if the stream ended without a line's end, or null if none is left. */
  @Nullable Line rest() {
    String line = lines.rest();
    return line == null || line.isBlank() ? null : read(line);
  }

  private static Line read(String line) {
    return new Line(line, Json.object(line));
  }
}
