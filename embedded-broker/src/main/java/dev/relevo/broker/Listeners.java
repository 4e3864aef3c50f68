package dev.relevo.broker;

import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.server.ServerSocketFactory;

/**
 * The broker's two loopback sockets, bound before Kafka starts and handed to it when it asks. So a
 * port in use is found before anything else happens, and no one can take a free port between the
 * moment it is chosen and the moment Kafka listens on it.
 */
final class Listeners implements ServerSocketFactory, AutoCloseable {

  /** The listener that clients use. */
  static final String CLIENTS = "CLIENTS";

  /** The listener that the broker uses to reach its own controller. */
  static final String CONTROLLER = "CONTROLLER";

  /** Never a name: that could resolve to another address than the one bound here. */
  static final String HOST = "127.0.0.1";

  private static final byte[] LOOPBACK = {127, 0, 0, 1};

  /** Connections that may wait to be accepted; Kafka's own default. */
  private static final int BACKLOG = 50;

  private final Map<String, ServerSocketChannel> waiting = new ConcurrentHashMap<>();
  private final int clientPort;
  private final InetSocketAddress controller;

  private Listeners(ServerSocketChannel clients, ServerSocketChannel controller) {
    waiting.put(CLIENTS, clients);
    waiting.put(CONTROLLER, controller);
    clientPort = clients.socket().getLocalPort();
    this.controller = (InetSocketAddress) controller.socket().getLocalSocketAddress();
  }

  static Listeners bind(int clientPort) throws BrokerStartException {
    ServerSocketChannel clients = bindLoopback(clientPort);
    try {
      return new Listeners(clients, bindLoopback(BrokerOptions.FREE_PORT));
    } catch (BrokerStartException e) {
      closeQuietly(clients, e);
      throw e;
    }
  }

  int clientPort() {
    return clientPort;
  }

  InetSocketAddress controller() {
    return controller;
  }

  @Override
  public ServerSocketChannel openServerSocket(
      String listener, InetSocketAddress address, int backlog, int receiveBufferBytes) {
    ServerSocketChannel channel = waiting.remove(listener);
    if (channel == null) {
      throw new KafkaException("No socket was bound for listener " + listener);
    }
    return channel;
  }

  /** Closes the sockets that Kafka has not taken; those it has are its own to close. */
  @Override
  public void close() throws IOException {
    for (String listener : List.of(CLIENTS, CONTROLLER)) {
      ServerSocketChannel channel = waiting.remove(listener);
      if (channel != null) {
        channel.close();
      }
    }
  }

  private static ServerSocketChannel bindLoopback(int port) throws BrokerStartException {
    ServerSocketChannel channel = null;
    try {
      channel = ServerSocketChannel.open();
      channel.configureBlocking(false);
      channel.bind(new InetSocketAddress(InetAddress.getByAddress(LOOPBACK), port), BACKLOG);
      return channel;
    } catch (IOException e) {
      BrokerStartException failure = refused(port, e);
      if (channel != null) {
        closeQuietly(channel, failure);
      }
      throw failure;
    }
  }

  private static BrokerStartException refused(int port, IOException e) {
    if (e instanceof BindException && port != BrokerOptions.FREE_PORT) {
      return new BrokerStartException(
          "Kafka's port %d on %s is in use or not allowed (%s): stop what listens there or choose another port."
              .formatted(port, HOST, e.getMessage()),
          e);
    }
    return new BrokerStartException(
        "No port could be opened on %s for Kafka (%s): check the system's limits on open files and ports."
            .formatted(HOST, e.getMessage()),
        e);
  }

  private static void closeQuietly(ServerSocketChannel channel, Exception failure) {
    try {
      channel.close();
    } catch (IOException e) {
      failure.addSuppressed(e);
    }
  }
}
