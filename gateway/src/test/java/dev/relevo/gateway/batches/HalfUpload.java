package dev.relevo.gateway.batches;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;

/** An upload of which a third has come. */
final class HalfUpload implements AutoCloseable {
  private final Socket socket;

  private HalfUpload(Socket socket) {
    this.socket = socket;
  }

  static HalfUpload begin(BatchDoor gateway, String tenant) throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), gateway.door.port());
    socket.setSoTimeout(30_000);
    String head =
        """
        POST /v1/files HTTP/1.1
        Host: localhost
        Authorization: Bearer %s
        Content-Type: multipart/form-data; boundary=b-1
        Content-Length: 3000000

        --b-1
        Content-Disposition: form-data; name="purpose"

        batch
        --b-1
        Content-Disposition: form-data; name="file"; filename="a.jsonl"

        """
            .formatted(tenant)
            .replace("\n", "\r\n");
    socket.getOutputStream().write((head + "x".repeat(1_000_000)).getBytes(StandardCharsets.UTF_8));
    socket.getOutputStream().flush();
    return new HalfUpload(socket);
  }

  boolean isOpen() {
    return !socket.isClosed();
  }

  /** Sends on, a byte now and then, until it is answered; gives the answer. */
  String drip() throws IOException {
    CompletableFuture<Void> dripping =
        CompletableFuture.runAsync(() -> {
          try {
            while (true) {
              socket.getOutputStream().write('x');
              LockSupport.parkNanos(20_000_000);
            }
          } catch (IOException e) {
            // The gateway has closed the connection.
          }
        });
    String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
    dripping.join();
    return answer;
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
