package dev.relevo.launcher;

import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Stands between a process and the broker and can put single connections on hold: they stay open,
 * and nothing passes in either direction, not even what comes on a new connection instead. Whose a
 * connection is tell the heads of its requests. So that clients stay here, the broker's port in its
 * answers becomes this one's.
 *
 * <p>Two virtual threads carry the frames of each connection, one a direction.
 */
final class Switchboard implements AutoCloseable {
  private static final byte[] HOST = "127.0.0.1".getBytes(StandardCharsets.US_ASCII);
  private static final int MAX_FRAME_BYTES = 64 << 20;

  /** A request's head: what is asked, in which version, a number, and the name of who asks. */
  private static final int CLIENT_AT = 8;

  private final int brokerPort;
  private final ServerSocket door;
  private final List<Socket> sockets = new ArrayList<>();
  private Predicate<Request> held = request -> false;

  /**
   * What a client asks.
   *
   * @param client its {@code client.id}
   */
  record Request(String client, int api) {
    static final int PRODUCE = 0;
    static final int FETCH = 1;

    static Request of(byte[] frame) {
      ByteBuffer head = ByteBuffer.wrap(frame);
      int length = head.getShort(CLIENT_AT);
      String client =
          length < 0
              ? ""
              : new String(frame, CLIENT_AT + Short.BYTES, length, StandardCharsets.UTF_8);
      return new Request(client, head.getShort(0));
    }
  }

  /** One connection's requests so far. */
  private static final class Line {
    final Set<Request> asked = new HashSet<>();
  }

  /** Opens a door to the broker at a port of this machine. */
  Switchboard(int brokerPort) throws IOException {
    this.brokerPort = brokerPort;
    this.door = new ServerSocket(0, 0, InetAddress.getLoopbackAddress());
    Thread.ofVirtual().name("switchboard").start(this::admit);
  }

  /** Where clients connect. */
  String address() {
    return "127.0.0.1:" + door.getLocalPort();
  }

  /** Holds every connection on which something like this was asked, or is from now on. */
  synchronized void hold(String client, int api) {
    held = request -> request.client().equals(client) && request.api() == api;
  }

  /** Lets everything pass again, first of all what was held. */
  synchronized void letGo() {
    held = request -> false;
    notifyAll();
  }

  private void admit() {
    try (door) {
      while (true) {
        connect(open(door.accept()));
      }
    } catch (IOException e) {
      // The door is closed: nobody comes in any more.
      letGo();
    }
  }

  private void connect(Socket client) throws IOException {
    Socket broker;
    try {
      broker = open(new Socket(InetAddress.getLoopbackAddress(), brokerPort));
    } catch (IOException e) {
      // The broker is down: its clients find nobody here either.
      client.close();
      return;
    }
    Line line = new Line();
    Thread.ofVirtual().start(() -> carry(client, broker, line, true));
    Thread.ofVirtual().start(() -> carry(broker, client, line, false));
  }

  private synchronized Socket open(Socket socket) throws IOException {
    socket.setTcpNoDelay(true);
    sockets.add(socket);
    return socket;
  }

  private void carry(Socket from, Socket to, Line line, boolean requests) {
    try (from;
        to) {
      DataInputStream in = new DataInputStream(from.getInputStream());
      DataOutputStream out = new DataOutputStream(new BufferedOutputStream(to.getOutputStream()));
      while (true) {
        byte[] frame = frame(in);
        if (!requests) {
          redirect(frame);
        }
        pass(line, requests ? Request.of(frame) : null);
        out.writeInt(frame.length);
        out.write(frame);
        out.flush();
      }
    } catch (IOException e) {
      // One side has hung up; so does the other.
      forget(from, to);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static byte[] frame(DataInputStream in) throws IOException {
    int length = in.readInt();
    if (length < 0 || length > MAX_FRAME_BYTES) {
      throw new IOException("a frame of " + length + " bytes");
    }
    byte[] frame = in.readNBytes(length);
    if (frame.length < length) {
      throw new EOFException();
    }
    return frame;
  }

  /** Waits while the connection is held. */
  private synchronized void pass(Line line, @Nullable Request request) throws InterruptedException {
    if (request != null) {
      line.asked.add(request);
    }
    while (line.asked.stream().anyMatch(held)) {
      wait();
    }
  }

  /** Wherever the broker names itself it is to be found here. */
  private void redirect(byte[] frame) {
    ByteBuffer bytes = ByteBuffer.wrap(frame);
    for (int at = 0; at + HOST.length + Integer.BYTES <= frame.length; at++) {
      int port = at + HOST.length;
      if (Arrays.equals(frame, at, port, HOST, 0, HOST.length)
          && bytes.getInt(port) == brokerPort) {
        bytes.putInt(port, door.getLocalPort());
      }
    }
  }

  private synchronized void forget(Socket from, Socket to) {
    sockets.remove(from);
    sockets.remove(to);
  }

  @Override
  public void close() throws IOException {
    letGo();
    door.close();
    List<Socket> open;
    synchronized (this) {
      open = List.copyOf(sockets);
    }
    for (Socket socket : open) {
      socket.close();
    }
  }
}
