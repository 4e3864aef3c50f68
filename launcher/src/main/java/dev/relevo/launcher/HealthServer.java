package dev.relevo.launcher;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.relevo.common.supervision.Part;
import java.io.IOException;
import java.io.OutputStream;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Supplier;

/**
 * Answers {@code GET /healthz} (the process lives), {@code /readyz} (503 and the reason until it
 * can work) and {@code /metrics} (Prometheus' text format).
 */
final class HealthServer implements AutoCloseable {
  private static final String TEXT = "text/plain; charset=utf-8";
  private static final String METRICS = "text/plain; version=0.0.4; charset=utf-8";
  private static final int BACKLOG = 16;

  private record Answer(int status, String type, String body) {}

  private final HttpServer server;
  private final ExecutorService threads;
  private final Readiness readiness;
  private final Supplier<String> metrics;
  private final Part part;

  private HealthServer(
      HttpServer server,
      ExecutorService threads,
      Readiness readiness,
      Supplier<String> metrics,
      Part part) {
    this.server = server;
    this.threads = threads;
    this.readiness = readiness;
    this.metrics = metrics;
    this.part = part;
  }

  /**
   * Listens from now on.
   *
   * @param port 0 takes any free one
   * @param setting what sets the port, for the message when it is busy
   * @param part the answering: a crash costs one answer
   * @throws CommandProblem when the address cannot be had
   */
  static HealthServer start(
      String host,
      int port,
      String setting,
      Readiness readiness,
      Supplier<String> metrics,
      Part part) {
    HttpServer http = bind(host, port, setting);
    ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    HealthServer server = new HealthServer(http, threads, readiness, metrics, part);
    http.createContext("/", server::handle);
    http.setExecutor(threads);
    http.start();
    return server;
  }

  /** Where it listens, as {@code http://host:port}. */
  String address() {
    InetSocketAddress address = server.getAddress();
    String host = address.getHostString();
    String bracketed = host.contains(":") ? "[" + host + "]" : host;
    return "http://" + bracketed + ":" + address.getPort();
  }

  @Override
  public void close() {
    server.stop(0);
    threads.close();
  }

  private static HttpServer bind(String host, int port, String setting) {
    InetSocketAddress address = new InetSocketAddress(host, port);
    if (address.isUnresolved()) {
      throw CommandProblem.wrongUse(
          "The host name %s cannot be found, so nothing can listen there: set another address."
              .formatted(host));
    }
    try {
      return HttpServer.create(address, BACKLOG);
    } catch (BindException e) {
      throw CommandProblem.wrongUse(
          "Port %d on %s cannot be used (%s): stop what uses it or choose another with %s."
              .formatted(port, host, e.getMessage(), setting),
          e);
    } catch (IOException e) {
      throw CommandProblem.wrongUse(
          "Nothing can listen on %s:%d (%s): choose another with %s."
              .formatted(host, port, e.getMessage(), setting),
          e);
    }
  }

  private void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      Answer answer = answerOrSorry(exchange);
      byte[] body = answer.body().getBytes(StandardCharsets.UTF_8);
      exchange.getResponseHeaders().set("Content-Type", answer.type());
      boolean head = exchange.getRequestMethod().equals("HEAD");
      exchange.sendResponseHeaders(answer.status(), head ? -1 : body.length);
      if (!head) {
        try (OutputStream out = exchange.getResponseBody()) {
          out.write(body);
        }
      }
    }
  }

  private Answer answerOrSorry(HttpExchange exchange) {
    try {
      return answer(exchange.getRequestMethod(), exchange.getRequestURI().getPath());
    } catch (RuntimeException | Error e) {
      part.crashed(e);
      return new Answer(500, TEXT, "The answer could not be made; the log says why.\n");
    }
  }

  private Answer answer(String method, String path) {
    if (!method.equals("GET") && !method.equals("HEAD")) {
      return new Answer(405, TEXT, "Only GET is answered here.\n");
    }
    return switch (path) {
      case "/healthz" -> new Answer(200, TEXT, "alive\n");
      case "/readyz" ->
          readiness
              .missing()
              .map(reason -> new Answer(503, TEXT, reason + "\n"))
              .orElseGet(() -> new Answer(200, TEXT, "ready\n"));
      case "/metrics" -> new Answer(200, METRICS, metrics.get());
      default -> new Answer(404, TEXT, "Here are /healthz, /readyz and /metrics.\n");
    };
  }
}
