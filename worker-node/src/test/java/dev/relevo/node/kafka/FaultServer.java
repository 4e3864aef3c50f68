package dev.relevo.node.kafka;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Model servers that misbehave as told, byte for byte, on plain sockets. All of them listen at one
 * port; the first part of a path says which one is meant. What they are asked for is noted with the
 * moment at which it came. Questions for health and models are always answered well.
 */
final class FaultServer implements AutoCloseable {

  /**
   * A completion that was asked for.
   *
   * @param nanos when, monotonic
   * @param body of the request
   */
  record Arrival(long nanos, String body) {}

  /** What a server does with one request for a completion; then its connection is closed. */
  @FunctionalInterface
  interface Script {
    void play(Wire wire) throws IOException;
  }

  private final ServerSocket socket;
  private final CountDownLatch closing = new CountDownLatch(1);
  private final Map<String, List<Script>> scripts = new ConcurrentHashMap<>();
  private final Map<String, List<Arrival>> arrivals = new ConcurrentHashMap<>();

  FaultServer() throws IOException {
    socket = new ServerSocket(0, 200, InetAddress.getLoopbackAddress());
    Thread.ofVirtual().start(this::accept);
  }

  /** Where a server listens. */
  String url(String server) {
    return "http://127.0.0.1:" + socket.getLocalPort() + "/" + server;
  }

  /**
   * What a server does with its first request, its second and so on; the last is for all others.
   */
  void script(String server, List<Script> calls) {
    scripts.put(server, List.copyOf(calls));
    arrivals.put(server, new CopyOnWriteArrayList<>());
  }

  /** What came to a server so far, in order. */
  List<Arrival> arrivals(String server) {
    return List.copyOf(arrivals.getOrDefault(server, List.of()));
  }

  @Override
  public void close() throws IOException {
    closing.countDown();
    socket.close();
  }

  private void accept() {
    while (!socket.isClosed()) {
      try {
        Socket connection = socket.accept();
        Thread.ofVirtual().start(() -> serve(connection));
      } catch (IOException e) {
        // Closed: the test is over.
        return;
      }
    }
  }

  private void serve(Socket connection) {
    try (connection) {
      InputStream in = new BufferedInputStream(connection.getInputStream());
      String head = head(in);
      if (head.isEmpty()) {
        return;
      }
      String body = new String(in.readNBytes(length(head)), StandardCharsets.UTF_8);
      String path = head.split(" ", 3)[1];
      Wire wire = new Wire(connection, path, body);
      if (head.startsWith("GET")) {
        answerQuestion(wire, path);
      } else {
        String server = path.split("/", 3)[1];
        List<Arrival> before = arrivals.getOrDefault(server, List.of());
        int call;
        synchronized (before) {
          call = before.size();
          before.add(new Arrival(System.nanoTime(), body));
        }
        List<Script> calls = scripts.getOrDefault(server, List.of());
        calls.get(Math.min(call, calls.size() - 1)).play(wire);
      }
      connection.shutdownOutput();
      // Unread bytes would turn the orderly end into a reset.
      in.skip(Long.MAX_VALUE);
    } catch (IOException e) {
      // The client went away, which is its right.
    }
  }

  private static void answerQuestion(Wire wire, String path) throws IOException {
    if (path.endsWith("/api/version")) {
      wire.json(200, "{'version':'1.0.0'}");
    } else if (path.endsWith("/api/tags")) {
      wire.json(200, "{'models':[{'name':'" + path.split("/", 3)[1].substring(0, 3) + "'}]}");
    } else if (path.endsWith("/api/ps")) {
      wire.json(200, "{'models':[]}");
    } else {
      wire.json(200, "{'object':'list','data':[]}");
    }
  }

  private static String head(InputStream in) throws IOException {
    StringBuilder head = new StringBuilder();
    while (head.length() < 16_384 && head.indexOf("\r\n\r\n") < 0) {
      int next = in.read();
      if (next < 0) {
        return "";
      }
      head.append((char) next);
    }
    return head.toString();
  }

  private static int length(String head) {
    for (String line : head.lines().toList()) {
      if (line.toLowerCase(Locale.ROOT).startsWith("content-length:")) {
        return Integer.parseInt(line.substring(15).strip());
      }
    }
    return 0;
  }

  /** One response's way to the client. */
  final class Wire {
    private final Socket connection;
    private final OutputStream out;
    private final String body;
    private final String path;

    private Wire(Socket connection, String path, String body) throws IOException {
      this.connection = connection;
      this.out = connection.getOutputStream();
      this.path = path;
      this.body = body;
    }

    /** The body of the request. */
    String asked() {
      return body;
    }

    /** The path of the request. */
    String path() {
      return path;
    }

    /** The status and headers of a response whose body ends with the connection. */
    Wire status(int status, String... headers) throws IOException {
      StringBuilder head =
          new StringBuilder("HTTP/1.1 " + status + " Told\r\nConnection: close\r\n");
      for (String header : headers) {
        head.append(header).append("\r\n");
      }
      return send(head.append("\r\n").toString());
    }

    /** A whole response; single quotes stand for double ones. */
    Wire json(int status, String json, String... headers) throws IOException {
      byte[] bytes = json.replace('\'', '"').getBytes(StandardCharsets.UTF_8);
      String[] all = java.util.Arrays.copyOf(headers, headers.length + 2);
      all[headers.length] = "Content-Type: application/json";
      all[headers.length + 1] = "Content-Length: " + bytes.length;
      return status(status, all).send(bytes);
    }

    Wire send(String text) throws IOException {
      return send(text.getBytes(StandardCharsets.UTF_8));
    }

    Wire send(byte[] bytes) throws IOException {
      out.write(bytes);
      out.flush();
      return this;
    }

    /** Every byte by itself. */
    Wire sendBytewise(String text) throws IOException {
      connection.setTcpNoDelay(true);
      for (byte one : text.getBytes(StandardCharsets.UTF_8)) {
        send(new byte[] {one});
      }
      return this;
    }

    /** One chunk of a chunked body. */
    Wire chunk(String text) throws IOException {
      int length = text.getBytes(StandardCharsets.UTF_8).length;
      return send(Integer.toHexString(length) + "\r\n" + text + "\r\n");
    }

    /** Breaks the connection, with a reset. */
    void reset() throws IOException {
      connection.setSoLinger(true, 0);
      connection.close();
    }

    /** Lets time pass; it is what is tested. */
    Wire pause(long ms) throws IOException {
      try {
        if (closing.await(ms, TimeUnit.MILLISECONDS)) {
          throw new IOException("The test is over.");
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      return this;
    }

    /** Sends again and again until the client goes away. */
    void sendForever(String text, long pauseMs) throws IOException {
      while (closing.getCount() > 0) {
        send(text).pause(pauseMs);
      }
    }

    /** Says nothing until the client goes away. */
    void stall() throws IOException {
      connection.getInputStream().skip(Long.MAX_VALUE);
    }
  }
}
