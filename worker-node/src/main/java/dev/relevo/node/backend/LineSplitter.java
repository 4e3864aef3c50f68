package dev.relevo.node.backend;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Cuts a stream of UTF-8 bytes into lines, however the bytes were split on their way. A line ends
 * with {@code \n}, {@code \r\n} or a lone {@code \r}; these bytes never stand inside a longer
 * character, so a line is decoded only when it is whole. A byte order mark at the very beginning is
 * dropped.
 *
 * <p>Feed bytes, then take lines until there is none; the bytes must stay as they are meanwhile.
 */
final class LineSplitter {
  private static final int INITIAL_BYTES = 512;

  private final int maxLineBytes;
  private byte[] begun = new byte[INITIAL_BYTES];
  private int begunCount;
  private byte[] input = {};
  private int position;
  private int limit;
  private boolean afterCarriageReturn;
  private boolean atStart = true;

  /**
   * @param maxLineBytes bytes that a line may have at most
   */
  LineSplitter(int maxLineBytes) {
    this.maxLineBytes = maxLineBytes;
  }

  /** Takes the first {@code count} bytes; all lines of earlier ones must have been taken. */
  void feed(byte[] bytes, int count) {
    input = bytes;
    position = 0;
    limit = count;
  }

  /**
   * The next whole line without its end, or null if more bytes are needed.
   *
   * @throws MalformedStreamException if the line is longer than allowed
   */
  @Nullable String next() throws MalformedStreamException {
    if (afterCarriageReturn && position < limit) {
      afterCarriageReturn = false;
      if (input[position] == '\n') {
        position++;
      }
    }
    int end = position;
    while (end < limit && input[end] != '\n' && input[end] != '\r') {
      end++;
    }
    keep(end);
    if (end == limit) {
      return null;
    }
    position = end + 1;
    afterCarriageReturn = input[end] == '\r';
    return take();
  }

  /** The last line if it has no end, or null if there is none. */
  @Nullable String rest() {
    return begunCount == 0 ? null : take();
  }

  private void keep(int end) throws MalformedStreamException {
    int count = end - position;
    if (begunCount + (long) count > maxLineBytes) {
      throw new MalformedStreamException("sent a line of more than " + maxLineBytes + " bytes");
    }
    if (begunCount + count > begun.length) {
      begun = Arrays.copyOf(begun, Math.max(2 * begun.length, begunCount + count));
    }
    System.arraycopy(input, position, begun, begunCount, count);
    begunCount += count;
    position = end;
  }

  private String take() {
    String line = new String(begun, 0, begunCount, StandardCharsets.UTF_8);
    begunCount = 0;
    boolean marked = atStart && line.startsWith("\uFEFF");
    atStart = false;
    return marked ? line.substring(1) : line;
  }
}
