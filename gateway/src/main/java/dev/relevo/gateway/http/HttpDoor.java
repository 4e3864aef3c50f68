package dev.relevo.gateway.http;

import io.helidon.common.tls.Tls;
import io.helidon.http.DirectHandler.EventType;
import io.helidon.webserver.ErrorHandling;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.WebServerConfig;
import io.helidon.webserver.http.DirectHandlers;
import io.helidon.webserver.http.HttpRouting;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * The server. Each connection has two virtual threads: one reads ({@link ReadAhead}), and Helidon's
 * own handles its requests one after the other, and blocks where a handler waits.
 */
public final class HttpDoor implements AutoCloseable {
  private static final Duration LOOK_INTERVAL = Duration.ofSeconds(1);

  private final WebServer server;
  private final Answering answering;
  private final Connections connections;
  private final ScheduledExecutorService pacer;
  private final Duration drain;

  private HttpDoor(
      WebServer server,
      Answering answering,
      Connections connections,
      ScheduledExecutorService pacer,
      Duration drain) {
    this.drain = drain;
    this.server = server;
    this.answering = answering;
    this.connections = connections;
    this.pacer = pacer;
  }

  /**
   * Listens from now on. Whatever is asked is told to come back, until {@link #serve}.
   *
   * @param early what is answered before that, too
   * @throws IOException when the address cannot be had; the message says which and why
   */
  public static HttpDoor open(DoorOptions options, List<Route> early, Gatekeeper gatekeeper)
      throws IOException {
    Connections connections = new Connections(options);
    Answering answering =
        new Answering(early, gatekeeper, connections, options.limits().requestBytes());
    HttpRouting.Builder routing = HttpRouting.builder().any(answering::answer);
    WebServerConfig.Builder builder =
        WebServer.builder()
            .shutdownHook(false)
            .address(address(options.host()))
            .port(options.port())
            .addConnectionSelector(connections)
            .protocolsDiscoverServices(false)
            .maxPayloadSize(options.mostBodyBytes())
            .maxTcpConnections(options.limits().connections())
            .idleConnectionTimeout(options.limits().idleTimeout())
            // Helidon's own would end the reading ahead while a model thinks.
            .connectionOptions(socket -> socket.readTimeout(Duration.ZERO).tcpNoDelay(true))
            .errorHandling(ErrorHandling.builder().includeEntity(true).build())
            .directHandlers(transportErrors())
            .routing(routing);
    if (options.tls().isOn()) {
      builder.tls(tls(options));
    }
    WebServer server = builder.build();
    start(server, options);
    ScheduledExecutorService pacer =
        Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("relevo-http-pace").factory());
    HttpDoor door = new HttpDoor(server, answering, connections, pacer, options.drain());
    door.pace();
    return door;
  }

  private static Tls tls(DoorOptions options) throws IOException {
    return Tls.builder().sslContext(new ServerCertificate(options.tls()).context()).build();
  }

  private static InetAddress address(String host) throws IOException {
    try {
      return InetAddress.getByName(host);
    } catch (UnknownHostException e) {
      throw new IOException(
          "The host name %s cannot be found, so nothing can listen there.".formatted(host), e);
    }
  }

  /** Helidon only logs why it cannot listen, so the address is tried before. */
  private static void start(WebServer server, DoorOptions options) throws IOException {
    try (ServerSocket trial = new ServerSocket()) {
      trial.setReuseAddress(true);
      trial.bind(new InetSocketAddress(address(options.host()), options.port()));
    } catch (BindException e) {
      throw cannotListen(options, e);
    }
    server.start();
    if (!server.isRunning() || server.port() < 0) {
      server.stop();
      throw cannotListen(options, new BindException("it was taken a moment ago"));
    }
  }

  private static IOException cannotListen(DoorOptions options, BindException cause) {
    return new IOException(
        "Port %d on %s cannot be used (%s)."
            .formatted(options.port(), options.host(), cause.getMessage()),
        cause);
  }

  private static DirectHandlers transportErrors() {
    DirectHandlers.Builder handlers = DirectHandlers.builder();
    for (EventType type : EventType.values()) {
      handlers.addHandler(type, new TransportErrors());
    }
    return handlers.build();
  }

  @SuppressWarnings("FutureReturnValueIgnored") // ends with the pacer
  private void pace() {
    pacer.scheduleWithFixedDelay(
        connections::closeStuck,
        LOOK_INTERVAL.toMillis(),
        LOOK_INTERVAL.toMillis(),
        TimeUnit.MILLISECONDS);
  }

  /** Answers all of these from now on. */
  public void serve(List<Route> routes) {
    answering.serve(routes);
  }

  /** Measures requests from now on. */
  public void meter(MeterRegistry registry) {
    answering.meter(registry);
  }

  /** Where it listens. */
  public int port() {
    return server.port();
  }

  /** Connections that are open. */
  public int connections() {
    return connections.size();
  }

  /**
   * Refuses what is asked from now on, gives requests that run {@link DoorOptions#drain}, breaks
   * off what then still runs, and closes. Handlers of those are interrupted; none is told that its
   * caller has gone.
   */
  @Override
  public void close() {
    answering.stop(drain);
    connections.farewell();
    pacer.shutdownNow();
    server.stop();
  }
}
