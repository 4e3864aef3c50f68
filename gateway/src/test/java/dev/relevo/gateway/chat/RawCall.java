package dev.relevo.gateway.chat;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * A request over a socket of its own, for what no client shows: the bytes as they come, and a line
 * that is cut.
 */
final class RawCall implements AutoCloseable {
  /** Longer than any test waits for the next byte. */
  private static final int PATIENCE_MS = 20_000;

  private final Socket socket;
  private final InputStream in;

  /**
   * Sends a request for a chat completion.
   *
   * @param headers more lines of the head, each ended by CRLF
   */
  RawCall(int port, String headers, String body) throws IOException {
    this(new Socket(), port, headers, body);
  }

  private RawCall(Socket fresh, int port, String headers, String body) throws IOException {
    socket = fresh;
    socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    socket.setSoTimeout(PATIENCE_MS);
    in = new BufferedInputStream(socket.getInputStream());
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    String head =
        "POST /v1/chat/completions HTTP/1.1\r\n"
            + "Host: localhost\r\n"
            + "Content-Type: application/json\r\n"
            + "Content-Length: %d\r\n%s\r\n".formatted(bytes.length, headers);
    socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
    socket.getOutputStream().write(bytes);
    socket.getOutputStream().flush();
  }

  /** The same from somebody who takes in little of the answer, unless it is read. */
  static RawCall narrow(int port, String headers, String body) throws IOException {
    Socket small = new Socket();
    small.setReceiveBufferSize(4 << 10);
    return new RawCall(small, port, headers, body);
  }

  /** The answer's head, in lower case. */
  String head() throws IOException {
    StringBuilder head = new StringBuilder();
    for (String line = line(); !line.isEmpty(); line = line()) {
      head.append(line.toLowerCase(Locale.ROOT)).append('\n');
    }
    return head.toString();
  }

  /** The next chunk of a chunked answer; empty at its end. */
  String chunk() throws IOException {
    int size = Integer.parseInt(line(), 16);
    byte[] chunk = in.readNBytes(size);
    line();
    return new String(chunk, StandardCharsets.UTF_8);
  }

  private String line() throws IOException {
    StringBuilder line = new StringBuilder();
    for (int next = in.read(); next != '\n'; next = in.read()) {
      if (next < 0) {
        throw new EOFException("the line ended after '%s'".formatted(line));
      }
      line.append((char) next);
    }
    return line.toString().strip();
  }

  /** All chunks until the end. */
  String rest() throws IOException {
    StringBuilder rest = new StringBuilder();
    for (String chunk = chunk(); !chunk.isEmpty(); chunk = chunk()) {
      rest.append(chunk);
    }
    return rest.toString();
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
