package dev.relevo.gateway.http;

import io.helidon.common.buffers.DataReader;
import io.helidon.common.buffers.DataWriter;
import io.helidon.common.socket.HelidonSocket;
import io.helidon.common.socket.PeerInfo;
import io.helidon.webserver.ConnectionContext;
import io.helidon.webserver.ListenerContext;
import io.helidon.webserver.ProxyProtocolData;
import io.helidon.webserver.Router;
import java.util.Optional;
import java.util.concurrent.ExecutorService;

/**
 * A connection as Helidon's HTTP/1.1 sees it, read ahead and watched. It has an id that no other
 * has.
 */
final class Connection implements ConnectionContext {
  private final ConnectionContext socket;
  private final String id;
  private final ReadAhead readAhead;
  private final DataReader reader;
  private final WatchedWriter writer;

  Connection(ConnectionContext socket, String id, ReadAhead readAhead) {
    this.socket = socket;
    this.id = id;
    this.readAhead = readAhead;
    this.reader = DataReader.create(readAhead::next);
    this.writer = new WatchedWriter(socket.dataWriter());
  }

  ReadAhead readAhead() {
    return readAhead;
  }

  /** Closes it where its reader has not read for too long; what writes then fails. */
  void closeIfStuck(long nowNanos, long atMostNanos) {
    writer.breakOffIfStuck(nowNanos, atMostNanos);
  }

  @Override
  public DataReader dataReader() {
    return reader;
  }

  @Override
  public DataWriter dataWriter() {
    return writer;
  }

  @Override
  public String childSocketId() {
    return id;
  }

  @Override
  public ListenerContext listenerContext() {
    return socket.listenerContext();
  }

  @Override
  public ExecutorService executor() {
    return socket.executor();
  }

  @Override
  public Router router() {
    return socket.router();
  }

  @Override
  public Optional<ProxyProtocolData> proxyProtocolData() {
    return socket.proxyProtocolData();
  }

  @Override
  public HelidonSocket serverSocket() {
    return socket.serverSocket();
  }

  @Override
  public PeerInfo remotePeer() {
    return socket.remotePeer();
  }

  @Override
  public PeerInfo localPeer() {
    return socket.localPeer();
  }

  @Override
  public boolean isSecure() {
    return socket.isSecure();
  }

  @Override
  public String socketId() {
    return socket.socketId();
  }
}
