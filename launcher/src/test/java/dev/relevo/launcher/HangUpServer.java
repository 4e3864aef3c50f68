package dev.relevo.launcher;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A model server that notes when a client hangs up on it. It speaks as much of OpenAI's protocol as
 * a node needs: model {@code silent} says nothing at all, {@code slow} goes on for minutes, and
 * those that begin with {@code refusing} ask to come again in a minute.
 */
final class HangUpServer implements AutoCloseable {
  private static final String SLOW = "slow";
  private static final String REFUSING = "refusing";
  private static final int MOST_PIECES = 10_000;
  private static final long PIECE_MS = 50;
  private static final long PATIENCE_MS = TimeUnit.MINUTES.toMillis(2);

  private final ServerSocket socket = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
  private final ScheduledExecutorService clock = Executors.newScheduledThreadPool(2);
  private final List<Call> calls = new ArrayList<>();

  HangUpServer() throws IOException {
    Thread.ofVirtual().name("model-server").start(this::accept);
  }

  /**
   * Somebody asked for a completion.
   *
   * @param said the prompt
   * @param hungUpNanos when the client hung up
   */
  record Call(String said, CompletableFuture<Long> hungUpNanos) {
    /** Waits for it. */
    long awaitHangUp() throws Exception {
      return hungUpNanos.get(PATIENCE_MS, TimeUnit.MILLISECONDS);
    }
  }

  String url() {
    return "http://127.0.0.1:" + socket.getLocalPort() + "/v1";
  }

  /** Waits for the first call with a prompt. */
  synchronized Call awaitCall(String said) throws InterruptedException {
    long untilNanos = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(PATIENCE_MS);
    while (true) {
      for (Call call : calls) {
        if (call.said().equals(said)) {
          return call;
        }
      }
      long leftMs = TimeUnit.NANOSECONDS.toMillis(untilNanos - System.nanoTime());
      if (leftMs <= 0) {
        throw new AssertionError("nobody asked '" + said + "'");
      }
      wait(leftMs);
    }
  }

  /** How often a prompt was sent. */
  synchronized long calls(String said) {
    return calls.stream().filter(call -> call.said().equals(said)).count();
  }

  private synchronized Call called(String said) {
    Call call = new Call(said, new CompletableFuture<>());
    calls.add(call);
    notifyAll();
    return call;
  }

  private void accept() {
    while (!socket.isClosed()) {
      try {
        Socket client = socket.accept();
        client.setTcpNoDelay(true);
        Thread.ofVirtual().start(() -> serve(client));
      } catch (IOException e) {
        return;
      }
    }
  }

  private void serve(Socket client) {
    try (client) {
      InputStream in = new BufferedInputStream(client.getInputStream());
      String request = line(in);
      while (!request.isEmpty()) {
        byte[] body = body(in);
        if (request.startsWith("GET")) {
          list(client.getOutputStream());
        } else {
          complete(JsonMapper.shared().readTree(body), in, client.getOutputStream());
          return;
        }
        request = line(in);
      }
    } catch (IOException e) {
      // The client is gone, and that was noted.
      return;
    }
  }

  /** Nodes of tests name their models themselves. */
  private static void list(OutputStream out) throws IOException {
    answer(out, "404 Not Found", "Content-Type: application/json", "{}");
  }

  private void complete(JsonNode asked, InputStream in, OutputStream out) throws IOException {
    String model = asked.path("model").asString();
    if (model.startsWith(REFUSING)) {
      called(asked.path("messages").path(0).path("content").asString());
      answer(out, "503 Service Unavailable", "Retry-After: 60", "{}");
      return;
    }
    Call call = called(asked.path("messages").path(0).path("content").asString());
    ScheduledFuture<?> talking = null;
    if (model.equals(SLOW)) {
      out.write(utf8("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"));
      AtomicInteger pieces = new AtomicInteger();
      talking =
          clock.scheduleAtFixedRate(
              () -> talk(out, pieces.getAndIncrement()), 0, PIECE_MS, TimeUnit.MILLISECONDS);
    }
    awaitHangUp(in);
    call.hungUpNanos().complete(System.nanoTime());
    if (talking != null) {
      talking.cancel(false);
    }
  }

  /** Whoever waits for an answer has nothing to say: what ends this is the end. */
  private static void awaitHangUp(InputStream in) {
    try {
      while (in.read() >= 0) {
        // A client that says more is still there.
      }
    } catch (IOException e) {
      // It was not polite about it.
      return;
    }
  }

  private static void talk(OutputStream out, int piece) {
    if (piece == MOST_PIECES) {
      throw new IllegalStateException("nobody hung up");
    }
    String chunk =
        "data: {\"model\":\"slow\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"w%d \"}}]}\n\n"
            .formatted(piece);
    try {
      out.write(utf8(chunk));
      out.flush();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private static void answer(OutputStream out, String status, String header, String body)
      throws IOException {
    out.write(
        utf8(
            "HTTP/1.1 %s\r\n%s\r\nContent-Length: %d\r\n\r\n%s"
                .formatted(status, header, utf8(body).length, body)));
    out.flush();
  }

  /** Reads the headers, and as much as they say. */
  private static byte[] body(InputStream in) throws IOException {
    int length = 0;
    for (String header = line(in); !header.isEmpty(); header = line(in)) {
      String small = header.toLowerCase(Locale.ROOT);
      if (small.startsWith("content-length:")) {
        length = Integer.parseInt(small.substring(small.indexOf(':') + 1).strip());
      }
    }
    return in.readNBytes(length);
  }

  private static String line(InputStream in) throws IOException {
    StringBuilder line = new StringBuilder();
    for (int read = in.read(); read >= 0 && read != '\n'; read = in.read()) {
      if (read != '\r') {
        line.append((char) read);
      }
    }
    return line.toString();
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public void close() throws IOException {
    clock.shutdownNow();
    socket.close();
  }
}
