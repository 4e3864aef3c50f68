package dev.relevo.bench;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;

/**
 * One connection that asks for streams, one after the other. No HTTP client: what is measured is
 * the server, and a client would cost as much.
 */
final class HttpLine implements AutoCloseable {
  private static final String EVENT = "data: ";
  private static final String DONE = "data: [DONE]";
  private static final String EMPTY_ROLE = "\"role\":\"assistant\"";
  private static final String LAST_CHUNK = "0";

  /** The gateway closes a connection that asks for nothing; well before that we do. */
  private static final long IDLE_NANOS = TimeUnit.SECONDS.toNanos(20);

  private final int port;
  private final byte[] request;
  private Socket socket;
  private InputStream in;
  private long usedNanos;

  @SuppressWarnings("NullAway.Init") // connect sets the rest
  HttpLine(int port, String model, String text) throws IOException {
    this.port = port;
    byte[] body =
        """
        {"model":"%s","stream":true,"messages":[{"role":"user","content":"%s"}]}\
        """
            .formatted(model, text)
            .getBytes(StandardCharsets.UTF_8);
    String head =
        "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\n"
            + "Content-Type: application/json\r\nContent-Length: "
            + body.length
            + "\r\n\r\n";
    ByteArrayOutputStream whole = new ByteArrayOutputStream();
    whole.writeBytes(head.getBytes(StandardCharsets.US_ASCII));
    whole.writeBytes(body);
    request = whole.toByteArray();
    connect();
  }

  private void connect() throws IOException {
    socket = new Socket(InetAddress.getLoopbackAddress(), port);
    socket.setTcpNoDelay(true);
    in = new BufferedInputStream(socket.getInputStream());
    usedNanos = System.nanoTime();
  }

  private void connectAnewAfterLong() throws IOException {
    if (System.nanoTime() - usedNanos > IDLE_NANOS) {
      socket.close();
      connect();
    }
  }

  /** Asks, and reads the answer to its end; returns the time to the first piece of text. */
  long firstAnswerNanos() throws IOException {
    connectAnewAfterLong();
    long startNanos = System.nanoTime();
    socket.getOutputStream().write(request);
    String status = line();
    if (!status.startsWith("HTTP/1.1 200")) {
      throw new IOException("the gateway answered " + status);
    }
    long nanos = 0;
    boolean done = false;
    while (true) {
      String line = line();
      if (nanos == 0 && isPiece(line)) {
        nanos = System.nanoTime() - startNanos;
      }
      done |= line.equals(DONE);
      if (done && line.equals(LAST_CHUNK)) {
        line();
        usedNanos = System.nanoTime();
        return nanos;
      }
    }
  }

  /** The first event only says who speaks. */
  private static boolean isPiece(String line) {
    return line.startsWith(EVENT) && line.contains("\"content\":") && !line.contains(EMPTY_ROLE);
  }

  private String line() throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    for (int next = in.read(); next != '\n'; next = in.read()) {
      if (next < 0) {
        throw new IOException("the gateway closed the connection: " + line);
      }
      if (next != '\r') {
        line.write(next);
      }
    }
    return line.toString(StandardCharsets.UTF_8);
  }

  @Override
  public void close() {
    try {
      socket.close();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
