package dev.relevo.launcher;

import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Ports where nobody listens. They lie below those that systems give out by themselves, and each is
 * given once: nobody takes one by chance before whom it was chosen for.
 */
final class FreePort {
  private static final int FIRST = 20_000;
  private static final int COUNT = 12_000;

  /** Two builds on one machine begin at different ones. */
  private static final AtomicInteger GIVEN = new AtomicInteger(new Random().nextInt(COUNT));

  private FreePort() {}

  static int next() throws IOException {
    for (int tries = 0; tries < COUNT; tries++) {
      int port = FIRST + Math.floorMod(GIVEN.getAndIncrement(), COUNT);
      try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
        return socket.getLocalPort();
      } catch (BindException e) {
        // Somebody has it: the next one.
      }
    }
    throw new IOException("no port from " + FIRST + " on is free");
  }
}
