package dev.relevo.gateway.http;

import dev.relevo.common.config.GatewayLimitSettings;
import io.helidon.common.buffers.BufferData;
import io.helidon.webserver.ConnectionContext;
import io.helidon.webserver.http1.Http1Config;
import io.helidon.webserver.http1.Http1ConnectionSelector;
import io.helidon.webserver.spi.ServerConnection;
import io.helidon.webserver.spi.ServerConnectionSelector;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * All open connections. Stands before Helidon's own HTTP/1.1 to read ahead of it ({@link
 * ReadAhead}), and takes whatever comes for HTTP/1.1, so that what is none gets an answer.
 */
final class Connections implements ServerConnectionSelector {
  private final DoorOptions options;
  private final Http1ConnectionSelector http;
  private final Map<String, Connection> open = new ConcurrentHashMap<>();
  private final AtomicLong ids = new AtomicLong();
  private volatile boolean closing;

  Connections(DoorOptions options) {
    this.options = options;
    this.http =
        Http1ConnectionSelector.builder()
            .config(
                Http1Config.builder()
                    // It has been looked at before, and is within its bounds.
                    .maxPrologueLength(2 * Math.toIntExact(options.limits().headerBytes()))
                    .maxHeadersSize(2 * Math.toIntExact(options.limits().headerBytes()))
                    .sendKeepAliveHeader(false)
                    .buildPrototype())
            .build();
  }

  /** The connection with this id, while it is open. */
  @Nullable Connection find(String id) {
    return open.get(id);
  }

  int size() {
    return open.size();
  }

  /** Closes those whose readers do not read. */
  void closeStuck() {
    long now = System.nanoTime();
    long atMost = options.limits().slowReader().toNanos();
    open.values().forEach(connection -> connection.closeIfStuck(now, atMost));
  }

  @Override
  public int bytesToIdentifyConnection() {
    return 0;
  }

  @Override
  public Support supports(BufferData data) {
    return Support.SUPPORTED;
  }

  @Override
  public Set<String> supportedApplicationProtocols() {
    return http.supportedApplicationProtocols();
  }

  @Override
  public ServerConnection connection(ConnectionContext socket) {
    GatewayLimitSettings limits = options.limits();
    ReadAhead readAhead =
        new ReadAhead(
            socket.dataReader(),
            new RequestFraming(Math.toIntExact(limits.headerBytes()), options.mostBodyBytes()),
            limits.idleTimeout(),
            limits.requestTimeout());
    String id = "c" + ids.incrementAndGet();
    Connection connection = new Connection(socket, id, readAhead);
    open.put(id, connection);
    if (closing) {
      readAhead.farewell();
    }
    Thread.ofVirtual().name("relevo-http-read-" + id).start(readAhead);
    return new WatchedConnection(http.connection(connection), readAhead, () -> open.remove(id));
  }

  /** What ends from now on ends by our doing. */
  void farewell() {
    closing = true;
    open.values().forEach(connection -> connection.readAhead().farewell());
  }
}
