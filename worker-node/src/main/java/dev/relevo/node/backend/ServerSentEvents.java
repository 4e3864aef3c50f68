package dev.relevo.node.backend;

import org.jspecify.annotations.Nullable;

/**
 * Reads a stream of server-sent events, however its bytes were split on their way. Comments, ids,
 * retry times and unknown fields are skipped. It knows nothing of HTTP and nothing of what the
 * events mean.
 */
final class ServerSentEvents {

  /**
   * One event.
   *
   * @param name what stood in its {@code event:} line, empty without one
   * @param data its {@code data:} lines, joined by line feeds
   */
  record Event(String name, String data) {}

  private final int maxEventBytes;
  private final LineSplitter lines;
  private final StringBuilder data = new StringBuilder();
  private String name = "";
  private boolean hasData;

  /**
   * @param maxEventBytes what an event may have at most: bytes in a line, characters in all
   */
  ServerSentEvents(int maxEventBytes) {
    this.maxEventBytes = maxEventBytes;
    this.lines = new LineSplitter(maxEventBytes);
  }

  /** Takes the first {@code count} bytes; all events of earlier ones must have been taken. */
  void feed(byte[] bytes, int count) {
    lines.feed(bytes, count);
  }

  /**
   * The next whole event, or null if more bytes are needed.
   *
   * @throws MalformedStreamException if it is larger than allowed
   */
  @Nullable Event next() throws MalformedStreamException {
    for (String line = lines.next(); line != null; line = lines.next()) {
      Event event = read(line);
      if (event != null) {
        return event;
      }
    }
    return null;
  }

  /**
   * The last event if the stream ended without the empty line behind it, or null if none is left.
   *
   * @throws MalformedStreamException if it is larger than allowed
   */
  @Nullable Event rest() throws MalformedStreamException {
    String line = lines.rest();
    if (line != null) {
      read(line);
    }
    return dispatch();
  }

  private @Nullable Event read(String line) throws MalformedStreamException {
    if (line.isEmpty()) {
      return dispatch();
    }
    int colon = line.indexOf(':');
    String field = colon < 0 ? line : line.substring(0, colon);
    switch (field) {
      case "data" -> append(value(line, colon));
      case "event" -> name = value(line, colon);
      default -> {
        // A comment, or a field that says nothing to us: it only shows that the server lives.
      }
    }
    return null;
  }

  private static String value(String line, int colon) {
    if (colon < 0) {
      return "";
    }
    boolean spaced = line.startsWith(" ", colon + 1);
    return line.substring(spaced ? colon + 2 : colon + 1);
  }

  private void append(String value) throws MalformedStreamException {
    if (data.length() + (long) value.length() > maxEventBytes) {
      throw new MalformedStreamException("sent an event of more than " + maxEventBytes + " bytes");
    }
    if (hasData) {
      data.append('\n');
    }
    data.append(value);
    hasData = true;
  }

  private @Nullable Event dispatch() {
    Event event = hasData ? new Event(name, data.toString()) : null;
    name = "";
    data.setLength(0);
    hasData = false;
    return event;
  }
}
