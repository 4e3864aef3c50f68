package dev.relevo.node.backend;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import mockwebserver3.Dispatcher;
import mockwebserver3.MockResponse;
import mockwebserver3.MockResponseBody;
import mockwebserver3.MockWebServer;
import mockwebserver3.RecordedRequest;
import mockwebserver3.SocketEffect;
import okio.BufferedSink;
import tools.jackson.databind.node.ObjectNode;

/** A model server of a test: answers what it is told to, byte for byte. */
final class FakeServer implements AutoCloseable {
  private static final int WAIT_SECONDS = 20;

  /** Writes the body of a response, one HTTP chunk per piece, each flushed. */
  interface Script {
    void play(Wire wire) throws IOException;
  }

  private final MockWebServer server = new MockWebServer();
  private final CountDownLatch closing = new CountDownLatch(1);
  private final CountDownLatch disconnected = new CountDownLatch(1);

  FakeServer() throws IOException {
    server.start();
  }

  String url() {
    return "http://localhost:" + server.getPort();
  }

  /** A whole response; single quotes stand for double ones. */
  FakeServer answer(int status, String body, String... headers) {
    MockResponse.Builder response = whole(status, body).newBuilder();
    for (int i = 0; i < headers.length; i += 2) {
      response.addHeader(headers[i], headers[i + 1]);
    }
    server.enqueue(response.build());
    return this;
  }

  /** A response that is written while it is read. */
  FakeServer stream(Script script) {
    server.enqueue(streamed(script, /* cut= */ false));
    return this;
  }

  /** The same, and then the connection is closed without the end of the body. */
  FakeServer cut(Script script) {
    server.enqueue(streamed(script, /* cut= */ true));
    return this;
  }

  /** From now on the dispatcher says what is answered. */
  void dispatch(Dispatcher dispatcher) {
    server.setDispatcher(dispatcher);
  }

  MockResponse whole(int status, String body) {
    return new MockResponse.Builder().code(status).body(body.replace('\'', '"')).build();
  }

  MockResponse streamed(Script script, boolean cut) {
    MockResponse.Builder response =
        new MockResponse.Builder()
            .addHeader("Transfer-Encoding", "chunked")
            .addHeader("Content-Type", "text/event-stream; charset=utf-8")
            .body(body(script));
    if (cut) {
      response.onResponseEnd(new SocketEffect.CloseSocket());
    }
    return response.build();
  }

  /** No response at all. */
  FakeServer silence() {
    server.enqueue(new MockResponse.Builder().onResponseStart(SocketEffect.Stall.INSTANCE).build());
    return this;
  }

  RecordedRequest request() throws InterruptedException {
    RecordedRequest request = server.takeRequest(WAIT_SECONDS, TimeUnit.SECONDS);
    if (request == null) {
      throw new AssertionError("No request came.");
    }
    return request;
  }

  ObjectNode requestBody() throws InterruptedException {
    return Answer.object(request().getBody().utf8());
  }

  /** Whether the client has closed the connection in the middle of a response. */
  boolean sawDisconnect() throws InterruptedException {
    return disconnected.await(WAIT_SECONDS, TimeUnit.SECONDS);
  }

  @Override
  public void close() {
    closing.countDown();
    server.close();
  }

  private MockResponseBody body(Script script) {
    return new MockResponseBody() {
      @Override
      public long getContentLength() {
        return -1;
      }

      @Override
      public void writeTo(BufferedSink sink) throws IOException {
        try {
          script.play(new Wire(sink));
        } catch (IOException e) {
          disconnected.countDown();
          throw e;
        }
      }
    };
  }

  /** One response's way to the client. */
  final class Wire {
    private final BufferedSink sink;

    private Wire(BufferedSink sink) {
      this.sink = sink;
    }

    Wire send(String text) throws IOException {
      byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
      return send(bytes, 0, bytes.length);
    }

    /** Every byte in a chunk of its own. */
    Wire sendBytewise(String text) throws IOException {
      byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
      for (int i = 0; i < bytes.length; i++) {
        send(bytes, i, 1);
      }
      return this;
    }

    void end() throws IOException {
      // The empty line behind it is the mock server's.
      sink.writeUtf8("0\r\n").flush();
    }

    /** Sends until the client goes away. */
    void sendForever(String text) throws IOException {
      while (closing.getCount() > 0) {
        send(text);
      }
    }

    /** The same, with a pause after each. */
    void sendForever(String text, long pauseMs) throws IOException {
      while (closing.getCount() > 0) {
        send(text).pause(pauseMs);
      }
    }

    /** Lets time pass; it is what is tested. */
    void pause(long ms) throws IOException {
      try {
        if (closing.await(ms, TimeUnit.MILLISECONDS)) {
          throw new IOException("The test is over.");
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }

    /** Sends nothing more until the test is over. */
    void stall() {
      try {
        if (!closing.await(WAIT_SECONDS, TimeUnit.SECONDS)) {
          throw new IllegalStateException("The test did not close its server.");
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }

    private Wire send(byte[] bytes, int from, int count) throws IOException {
      sink.writeHexadecimalUnsignedLong(count).writeUtf8("\r\n");
      sink.write(bytes, from, count).writeUtf8("\r\n");
      sink.flush();
      return this;
    }
  }
}
