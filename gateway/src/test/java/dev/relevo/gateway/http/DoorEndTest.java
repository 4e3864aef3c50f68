package dev.relevo.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.helidon.http.Method;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.ref.WeakReference;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** How connections end that callers do not end themselves. */
class DoorEndTest {
  private static final int BOUND_S = 20;

  private final CountDownLatch begun = new CountDownLatch(1);
  private final CompletableFuture<Void> mayEnd = new CompletableFuture<>();
  private final CompletableFuture<Throwable> broken = new CompletableFuture<>();
  private final CompletableFuture<CompletableFuture<Void>> callerGone = new CompletableFuture<>();
  private final CompletableFuture<WeakReference<Object>> answered = new CompletableFuture<>();
  private final AtomicLong written = new AtomicLong();

  private HttpDoor door(Map<String, String> settings) throws IOException {
    HttpDoor door =
        HttpDoor.open(
            DoorFixture.options(settings),
            List.of(),
            (exchange, route) ->
                new Gatekeeper.Admission(
                    new Principal("anybody", "default", false, Set.of(Right.CHAT)), () -> {}));
    door.serve(
        List.of(
            route("/hello", exchange -> exchange.json(200, Map.of("hello", "x"))),
            route("/wait", this::waits),
            route("/listen", this::listens),
            route("/flood", this::floods)));
    return door;
  }

  private static Route route(String path, Route.Handler handler) {
    return new Route(Method.GET, path, Right.CHAT, ErrorShape.PROBLEM, handler);
  }

  private void waits(Exchange exchange) throws Exception {
    callerGone.complete(exchange.callerGone());
    begun.countDown();
    try {
      mayEnd.get();
    } catch (InterruptedException e) {
      broken.complete(e);
      throw e;
    }
    exchange.json(200, Map.of("ended", "well"));
  }

  private void listens(Exchange exchange) {
    Object answer = new Object();
    answered.complete(new WeakReference<>(answer));
    var _ =
        CompletableFuture.anyOf(exchange.callerGone(), exchange.stopping())
            .thenRun(() -> written.addAndGet(answer.hashCode()));
    exchange.json(200, Map.of("hello", "x"));
  }

  private void floods(Exchange exchange) throws IOException {
    byte[] much = new byte[16 << 10];
    try (OutputStream out = exchange.stream(200, "application/octet-stream")) {
      while (true) {
        out.write(much);
        written.addAndGet(much.length);
      }
    } catch (IOException | RuntimeException e) {
      broken.complete(e);
      throw e;
    }
  }

  @Test
  void whoDoesNotReadIsBrokenOffAndHoldsLittle() throws Exception {
    try (HttpDoor door = door(Map.of("RELEVO_GATEWAY_LIMITS_SLOW_READER", "300ms"));
        Socket small = new Socket()) {
      small.setReceiveBufferSize(4 << 10);
      small.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), door.port()));
      new RawHttp(small).send("GET /flood HTTP/1.1\r\nHost: x\r\n\r\n");

      broken.get(BOUND_S, TimeUnit.SECONDS);
      // What the systems hold between the two, and nothing else.
      assertThat(written.get()).isLessThan(16 << 20);
    }
  }

  @Test
  void whatRunsMayEndAndNothingElseBegins() throws Exception {
    HttpDoor door = door(Map.of("RELEVO_GATEWAY_DRAIN_TIMEOUT", "30s"));
    try (RawHttp running = new RawHttp(door.port());
        RawHttp idle = new RawHttp(door.port())) {
      running.send("GET /wait HTTP/1.1\r\nHost: x\r\n\r\n");
      assertThat(idle.send("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n").readAnswer()).contains("200");
      assertThat(begun.await(BOUND_S, TimeUnit.SECONDS)).isTrue();

      CompletableFuture<Void> closed = CompletableFuture.runAsync(door::close);
      String refused = "";
      while (!refused.contains("503")) {
        // Closing begins on another thread; what is asked before is answered.
        refused =
            RawHttp.ask(door.port(), "GET /hello HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
      }
      assertThat(refused).contains("Retry-After: 1", "Connection: close", "stopping");
      assertThat(closed).isNotDone();

      mayEnd.complete(null);
      assertThat(running.readAnswer()).contains("200 OK", "well");
      closed.get(BOUND_S, TimeUnit.SECONDS);
    }
  }

  @Test
  void whatDoesNotEndIsBrokenOffAndNobodyIsToldThatItsCallerLeft() throws Exception {
    HttpDoor door = door(Map.of("RELEVO_GATEWAY_DRAIN_TIMEOUT", "50ms"));
    try (RawHttp running = new RawHttp(door.port())) {
      running.send("GET /wait HTTP/1.1\r\nHost: x\r\n\r\n");
      assertThat(begun.await(BOUND_S, TimeUnit.SECONDS)).isTrue();

      door.close();

      assertThat(broken.get(BOUND_S, TimeUnit.SECONDS)).isInstanceOf(InterruptedException.class);
      assertThat(running.readAll())
          .satisfiesAnyOf(
              answer -> assertThat(answer).contains(" 503 ", "stopping"),
              answer -> assertThat(answer).isEmpty());
      assertThat(callerGone.join()).isNotDone();
    }
  }

  @Test
  void whatHasBeenAnsweredIsNotKeptToBeToldOfTheEnd() throws Exception {
    try (HttpDoor door = door(Map.of());
        RawHttp lasting = new RawHttp(door.port())) {
      assertThat(lasting.send("GET /listen HTTP/1.1\r\nHost: x\r\n\r\n").readAnswer())
          .contains("200");
      // The next request takes its place on the connection.
      assertThat(lasting.send("GET /listen HTTP/1.1\r\nHost: x\r\n\r\n").readAnswer())
          .contains("200");

      WeakReference<Object> answer = answered.get(BOUND_S, TimeUnit.SECONDS);
      long endNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(BOUND_S);
      while (answer.get() != null) {
        assertThat(System.nanoTime()).as("the answer is kept").isLessThan(endNanos);
        System.gc();
      }
      assertThat(written.get()).isZero();
    }
  }
}
