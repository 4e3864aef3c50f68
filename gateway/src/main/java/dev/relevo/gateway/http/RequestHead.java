package dev.relevo.gateway.http;

import io.helidon.http.RequestException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The first line and the headers of a request, looked at for all that two readers might understand
 * in two ways (RFC 9112, sections 3, 5 and 6). What is left is what the server behind it makes of
 * it.
 *
 * @param method how it is asked
 * @param path what it asks for, without the query
 * @param bodyBytes how long its body is; {@link #CHUNKED} where it does not say
 */
record RequestHead(String method, String path, long bodyBytes) {
  /** The body comes in chunks. */
  static final long CHUNKED = -1;

  /** More than any client sends. */
  static final int MOST_HEADERS = 100;

  private static final Pattern LINE =
      Pattern.compile("([A-Z]{1,20}) ([!-~]{1,65536}) (HTTP/\\d(?:\\.\\d)?)");
  private static final Pattern TARGET =
      Pattern.compile("/(?:[^%#\\\\]|%(?!7F|7f|[01])[0-9A-Fa-f]{2})*");
  private static final Pattern HEADER =
      Pattern.compile("([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \\t]*([^\\x00-\\x08\\x0A-\\x1F\\x7F]*)");
  private static final Pattern LENGTH = Pattern.compile("\\d{1,18}");

  /** Two of them would be a contradiction. */
  private static final List<String> ONCE =
      List.of("host", "content-length", "transfer-encoding", "content-type", "authorization");

  /**
   * Reads it.
   *
   * @param bytes all up to the empty line, with it
   * @throws RequestException when it is not beyond doubt
   */
  static RequestHead read(byte[] bytes) {
    String[] lines = new String(bytes, StandardCharsets.ISO_8859_1).split("\r\n");
    BrokenRequest broken = firstLine(lines[0]);
    return new Headers(lines, broken).head(broken.method(), broken.path());
  }

  /**
   * Reads the first line.
   *
   * @return for what may be wrong with the others
   * @throws RequestException when it is not beyond doubt
   */
  static BrokenRequest firstLine(String text) {
    Matcher line = LINE.matcher(text);
    if (!line.matches()) {
      throw BrokenRequest.unknown().bad("This is no HTTP/1.1: the first line is no request line.");
    }
    String target = line.group(2);
    BrokenRequest broken = BrokenRequest.to(line.group(1), target.split("\\?", 2)[0]);
    if (!line.group(3).equals("HTTP/1.1")) {
      throw broken.as(505, line.group(3) + " is not spoken here, only HTTP/1.1.");
    }
    if (!TARGET.matcher(target).matches()) {
      throw broken.bad(
          "The request line has to name a path that begins with a slash and is encoded properly.");
    }
    return broken;
  }

  /** The lines behind the first one. */
  private static final class Headers {
    private final BrokenRequest broken;
    private final List<String> names = new ArrayList<>();
    private final List<String> values = new ArrayList<>();

    Headers(String[] lines, BrokenRequest broken) {
      this.broken = broken;
      if (lines.length - 1 > MOST_HEADERS) {
        throw broken.as(431, "There are more than %d headers.".formatted(MOST_HEADERS));
      }
      for (int i = 1; i < lines.length; i++) {
        Matcher header = HEADER.matcher(lines[i]);
        if (!header.matches()) {
          throw broken.bad(
              "Header line %d is not a name, a colon and a value on one line.".formatted(i));
        }
        names.add(header.group(1).toLowerCase(Locale.ROOT));
        values.add(header.group(2).strip());
      }
      ONCE.forEach(this::requireOnce);
    }

    private void requireOnce(String name) {
      if (names.indexOf(name) != names.lastIndexOf(name)) {
        throw broken.bad("The header %s stands there twice.".formatted(name));
      }
    }

    private String value(String name) {
      int index = names.indexOf(name);
      return index < 0 ? "" : values.get(index);
    }

    RequestHead head(String method, String path) {
      if (value("host").isEmpty()) {
        throw broken.bad("The header host is missing.");
      }
      String expect = value("expect");
      if (!expect.isEmpty() && !expect.equalsIgnoreCase("100-continue")) {
        throw broken.as(417, "Nothing but 100-continue can be expected.");
      }
      if (!value("content-encoding").isEmpty()) {
        throw broken.as(
            415, "Bodies are read as they come: send this one without Content-Encoding.");
      }
      return new RequestHead(method, path, bodyBytes());
    }

    private long bodyBytes() {
      boolean coded = names.contains("transfer-encoding");
      boolean counted = names.contains("content-length");
      if (coded && counted) {
        throw broken.bad("Transfer-Encoding and Content-Length contradict each other.");
      }
      if (coded) {
        if (!value("transfer-encoding").equalsIgnoreCase("chunked")) {
          throw broken.bad("No Transfer-Encoding is understood here but chunked alone.");
        }
        return CHUNKED;
      }
      if (!counted) {
        return 0;
      }
      if (!LENGTH.matcher(value("content-length")).matches()) {
        throw broken.bad("Content-Length is not a number of bytes.");
      }
      return Long.parseLong(value("content-length"));
    }
  }
}
