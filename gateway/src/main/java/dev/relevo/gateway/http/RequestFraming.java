package dev.relevo.gateway.http;

import io.helidon.http.RequestException;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Parts what comes on a connection into requests, before the server sees it, and lets through only
 * what nobody can take for anything else. A head passes when it is whole and {@link RequestHead}
 * has looked at it. A body in chunks is written anew, in small ones, so that the server never holds
 * a large one, nor sees what only some readers understand: extensions, trailers, line ends of other
 * kinds. A piece never reaches into the next request. Does no I/O; for one thread.
 */
final class RequestFraming {
  /** More hex digits than any size that is taken. */
  private static final int MOST_SIZE_DIGITS = 8;

  private static final byte[] NOTHING = {};
  private static final byte[] LAST_CHUNK = ascii("0\r\n\r\n");

  private enum Expects {
    HEAD,
    BODY,
    CHUNK_SIZE,
    CHUNK,
    END_OF_CHUNK,
    END_OF_BODY
  }

  private final int mostHeadBytes;
  private final long mostBodyBytes;

  private Expects expects = Expects.HEAD;
  private byte[] input = NOTHING;
  private int at;

  /** What is known of a line, or of a head. */
  private final ByteArrayOutputStream read = new ByteArrayOutputStream();

  private int lineBegan;
  private boolean afterReturn;
  private BrokenRequest request = BrokenRequest.unknown();

  /** Of the body, or of the chunk. */
  private long bytesLeft;

  private long chunkedBytes;
  private int requests;
  private boolean failed;

  RequestFraming(int mostHeadBytes, long mostBodyBytes) {
    this.mostHeadBytes = mostHeadBytes;
    this.mostBodyBytes = mostBodyBytes;
  }

  /** Gives what was read; only when {@link #take} has nothing more. */
  void give(byte[] bytes) {
    if (at < input.length) {
      throw new IllegalStateException((input.length - at) + " bytes have not been taken");
    }
    input = bytes;
    at = 0;
  }

  /** How many requests have begun. */
  int requests() {
    return requests + (isBetween() ? 0 : 1);
  }

  /** Whether nothing of a request has come that has not come whole. */
  boolean isBetween() {
    return expects == Expects.HEAD && read.size() == 0 && at == input.length;
  }

  /** The request that comes, or came last, as far as it is known. */
  BrokenRequest request() {
    return request;
  }

  /** Whether what came was no request; nothing more passes then. */
  boolean hasFailed() {
    return failed;
  }

  /**
   * The next piece that may pass; null when more has to be read first.
   *
   * @throws RequestException when what came is no request
   */
  byte @Nullable [] take() {
    if (failed) {
      return null;
    }
    try {
      byte[] piece = null;
      while (piece == null && at < input.length) {
        piece = step();
      }
      return piece;
    } catch (RequestException e) {
      failed = true;
      input = NOTHING;
      at = 0;
      throw e;
    }
  }

  private byte @Nullable [] step() {
    return switch (expects) {
      case HEAD -> head(input[at++]);
      case BODY -> body();
      case CHUNK_SIZE -> chunkSize(input[at++]);
      case CHUNK -> chunk();
      case END_OF_CHUNK -> endOfChunk(input[at++]);
      case END_OF_BODY -> endOfBody(input[at++]);
    };
  }

  private byte @Nullable [] head(byte next) {
    boolean firstLine = lineBegan == 0;
    check(next, firstLine);
    read.write(next);
    if (read.size() > mostHeadBytes) {
      throw request.as(
          firstLine ? 414 : 431,
          "%s longer than %,d bytes."
              .formatted(
                  firstLine ? "The request line is" : "Request line and headers are",
                  mostHeadBytes));
    }
    if (next != '\n') {
      return null;
    }
    if (firstLine) {
      request = RequestHead.firstLine(withoutEnd(read.toString(StandardCharsets.ISO_8859_1)));
    }
    boolean emptyLine = read.size() - lineBegan == 2;
    lineBegan = read.size();
    return emptyLine ? wholeHead() : null;
  }

  private byte[] wholeHead() {
    byte[] bytes = read.toByteArray();
    RequestHead head = RequestHead.read(bytes);
    if (head.bodyBytes() > mostBodyBytes) {
      throw tooLarge();
    }
    read.reset();
    lineBegan = 0;
    chunkedBytes = 0;
    bytesLeft = head.bodyBytes();
    if (head.bodyBytes() == 0) {
      ended();
    } else {
      expects = head.bodyBytes() == RequestHead.CHUNKED ? Expects.CHUNK_SIZE : Expects.BODY;
    }
    return bytes;
  }

  private void check(byte next, boolean firstLine) {
    int code = next & 0xff;
    if (afterReturn != (code == '\n')) {
      throw request.bad("A line does not end with carriage return and line feed.");
    }
    afterReturn = code == '\r';
    boolean lineEnd = code == '\r' || code == '\n';
    boolean control = (code < ' ' && (code != '\t' || firstLine)) || code == 0x7f;
    if (!lineEnd && (control || (firstLine && code > '~'))) {
      throw request.bad(
          firstLine
              ? "This is no HTTP/1.1: the first line is no request line."
              : "A header has a control character in it.");
    }
  }

  private byte[] body() {
    byte[] piece = upTo(bytesLeft);
    bytesLeft -= piece.length;
    if (bytesLeft == 0) {
      ended();
    }
    return piece;
  }

  private byte[] upTo(long most) {
    int count = (int) Math.min(most, input.length - at);
    byte[] piece = Arrays.copyOfRange(input, at, at + count);
    at += count;
    return piece;
  }

  private byte @Nullable [] chunkSize(byte next) {
    if (next == '\r' && read.size() > 0 && !afterReturn) {
      afterReturn = true;
      return null;
    }
    if (next == '\n' && afterReturn) {
      afterReturn = false;
      bytesLeft = Long.parseLong(read.toString(StandardCharsets.US_ASCII), 16);
      chunkedBytes += bytesLeft;
      if (chunkedBytes > mostBodyBytes) {
        throw tooLarge();
      }
      read.reset();
      expects = bytesLeft == 0 ? Expects.END_OF_BODY : Expects.CHUNK;
      return null;
    }
    if (afterReturn
        || Character.digit(next, 16) < 0
        || next < 0
        || read.size() == MOST_SIZE_DIGITS) {
      throw request.bad("The size of a chunk is not a hexadecimal number alone on its line.");
    }
    read.write(next);
    return null;
  }

  private byte[] chunk() {
    byte[] bytes = upTo(bytesLeft);
    bytesLeft -= bytes.length;
    if (bytesLeft == 0) {
      expects = Expects.END_OF_CHUNK;
    }
    byte[] size = ascii(Integer.toHexString(bytes.length) + "\r\n");
    byte[] piece = Arrays.copyOf(size, size.length + bytes.length + 2);
    System.arraycopy(bytes, 0, piece, size.length, bytes.length);
    piece[piece.length - 2] = '\r';
    piece[piece.length - 1] = '\n';
    return piece;
  }

  private byte @Nullable [] endOfChunk(byte next) {
    if (isEndOfLine(next, "A chunk is not followed by the end of its line.")) {
      expects = Expects.CHUNK_SIZE;
    }
    return null;
  }

  private byte @Nullable [] endOfBody(byte next) {
    if (isEndOfLine(next, "Nothing may follow the last chunk; trailers are not taken.")) {
      ended();
      return LAST_CHUNK;
    }
    return null;
  }

  private boolean isEndOfLine(byte next, String otherwise) {
    if (next != (afterReturn ? '\n' : '\r')) {
      throw request.bad(otherwise);
    }
    afterReturn = !afterReturn;
    return !afterReturn;
  }

  private void ended() {
    requests++;
    request = BrokenRequest.unknown();
    expects = Expects.HEAD;
  }

  private RequestException tooLarge() {
    return request.as(413, "The body is larger than %,d bytes.".formatted(mostBodyBytes));
  }

  private static String withoutEnd(String line) {
    return line.substring(0, line.length() - 2);
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
