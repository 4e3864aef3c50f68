package dev.relevo.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.helidon.http.Method;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class HttpDoorTest {
  private static final Principal ANYBODY =
      new Principal("anybody", "default", false, Set.of(Right.CHAT, Right.OPERATE));
  private static final CompletableFuture<Void> SEEN_GONE = new CompletableFuture<>();
  private static final CompletableFuture<Void> WAITING = new CompletableFuture<>();
  private static final Map<String, String> HASTY =
      Map.of("RELEVO_GATEWAY_LIMITS_REQUEST_TIMEOUT", "300ms");
  private static final HttpClient CLIENT = HttpClient.newHttpClient();
  private static HttpDoor door;

  @BeforeAll
  static void open() throws IOException {
    door = door(Map.of());
  }

  @AfterAll
  static void close() {
    door.close();
  }

  private static HttpDoor door(Map<String, String> settings) throws IOException {
    HttpDoor opened =
        HttpDoor.open(
            DoorFixture.options(settings),
            List.of(),
            (exchange, route) -> new Gatekeeper.Admission(ANYBODY, () -> {}));
    opened.serve(
        List.of(
            route(Method.GET, "/hello/{+who}", HttpDoorTest::hello),
            route(Method.POST, "/echo", HttpDoorTest::echo),
            route(Method.POST, "/swallow", exchange -> exchange.body(70_000)),
            route(Method.POST, "/wait", HttpDoorTest::waitForTheEnd),
            route(Method.GET, "/events", HttpDoorTest::events),
            route(Method.GET, "/bug", HttpDoorTest::bug)));
    return opened;
  }

  private static Route route(Method method, String path, Route.Handler handler) {
    return new Route(method, path, Right.CHAT, ErrorShape.PROBLEM, handler);
  }

  private static void hello(Exchange exchange) {
    exchange.json(200, Map.of("hello", exchange.pathParameter("who")));
  }

  private static void echo(Exchange exchange) {
    exchange.bytes(200, "application/octet-stream", exchange.body(100));
  }

  private static void waitForTheEnd(Exchange exchange) {
    exchange.body(100);
    WAITING.complete(null);
    exchange.callerGone().join();
    SEEN_GONE.complete(null);
    throw new CallerGoneException("as was waited for");
  }

  private static void events(Exchange exchange) {
    try (EventStream events = exchange.events()) {
      events.comment("hello");
      events.event("7", "chunk", "{}".getBytes(StandardCharsets.UTF_8));
      events.data("[DONE]");
    }
  }

  private static void bug(Exchange exchange) {
    throw new IllegalStateException("a secret of the house");
  }

  private static HttpResponse<String> ask(String method, String path, String body)
      throws IOException, InterruptedException {
    return CLIENT.send(
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + door.port() + path))
            .method(method, HttpRequest.BodyPublishers.ofString(body))
            .build(),
        BodyHandlers.ofString());
  }

  @Test
  void aPortThatIsTakenIsSaidAtOnce() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      DoorOptions there =
          DoorFixture.options(
              Map.of("RELEVO_GATEWAY_PORT", Integer.toString(taken.getLocalPort())));

      assertThatThrownBy(() ->
              HttpDoor.open(
                      there,
                      List.of(),
                      (exchange, route) -> new Gatekeeper.Admission(ANYBODY, () -> {}))
                  .close())
          .isInstanceOf(IOException.class)
          .hasMessageContaining("Port " + taken.getLocalPort() + " on 127.0.0.1 cannot be used")
          .hasMessageContaining("in use");
    }
  }

  @Test
  void aPathParameterMayHoldAnEncodedSlash() throws Exception {
    assertThat(ask("GET", "/hello/a%2Fb", "").body()).isEqualTo("{\"hello\":\"a/b\"}");
    assertThat(ask("GET", "/hello/a/b", "").body()).isEqualTo("{\"hello\":\"a/b\"}");
  }

  @Test
  void aBodyThatIsTooLargeIsRefused() throws Exception {
    assertThat(ask("POST", "/echo", "x".repeat(100)).body()).hasSize(100);

    HttpResponse<String> refused = ask("POST", "/echo", "x".repeat(101));

    assertThat(refused.statusCode()).isEqualTo(413);
    assertThat(refused.body()).contains("\"detail\":\"The body is larger than 100 bytes");
  }

  @Test
  void everythingElseIsAProblem() throws Exception {
    HttpResponse<String> nowhere = ask("GET", "/nowhere", "");
    HttpResponse<String> wrongMethod = ask("DELETE", "/echo", "");
    HttpResponse<String> bug = ask("GET", "/bug", "");

    assertThat(nowhere.statusCode()).isEqualTo(404);
    assertThat(nowhere.headers().firstValue("content-type")).hasValue("application/problem+json");
    assertThat(wrongMethod.statusCode()).isEqualTo(405);
    assertThat(wrongMethod.headers().firstValue("allow")).hasValue("POST");

    assertThat(bug.statusCode()).isEqualTo(500);
    assertThat(bug.body())
        .contains(bug.headers().firstValue("x-request-id").orElseThrow())
        .doesNotContain("secret");
  }

  @Test
  void noAnswerIsOfUseToABrowserThatWasLedHere() throws Exception {
    for (String path : List.of("/hello/a", "/events", "/nowhere", "/hello/%00")) {
      HttpHeaders headers = ask("GET", path, "").headers();
      assertThat(headers.firstValue("x-content-type-options")).as(path).hasValue("nosniff");
      assertThat(headers.firstValue("referrer-policy")).hasValue("no-referrer");
      assertThat(headers.firstValue("content-security-policy"))
          .hasValue("default-src 'none'; frame-ancestors 'none'");
      assertThat(headers.map()).doesNotContainKeys("server", "access-control-allow-origin");
    }
  }

  @Test
  void whatWasAnsweredIsMeasured() throws Exception {
    SimpleMeterRegistry registry = new SimpleMeterRegistry();
    door.meter(registry);

    assertThat(ask("GET", "/events", "").statusCode()).isEqualTo(200);
    assertThat(ask("GET", "/nowhere", "").statusCode()).isEqualTo(404);

    // The end of a request is measured after its caller has the last byte; a connection's next
    // request comes after that.
    assertThat(ask("GET", "/hello/you", "").statusCode()).isEqualTo(200);
    assertThat(registry.get("relevo.gateway.requests").tags("route", "GET /events").timer().count())
        .isEqualTo(1);
    assertThat(
            registry.get("relevo.gateway.first.event").tags("route", "GET /events").timer().count())
        .isEqualTo(1);
    assertThat(registry.get("relevo.gateway.connections").gauge().value()).isPositive();
  }

  @Test
  void eventsAreWrittenAsTheyAre() throws Exception {
    assertThat(ask("GET", "/events", "").body())
        .isEqualTo(": hello\n\nid: 7\nevent: chunk\ndata: {}\n\ndata: [DONE]\n\n");
  }

  @Test
  void aHandlerThatWaitsKnowsThatItsCallerHasGone() throws Exception {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), door.port())) {
      socket
          .getOutputStream()
          .write(
              "POST /wait HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}"
                  .getBytes(StandardCharsets.US_ASCII));
      WAITING.get(10, TimeUnit.SECONDS);
      assertThat(SEEN_GONE).isNotDone();
    }

    SEEN_GONE.get(10, TimeUnit.SECONDS);
  }

  @Test
  void aRequestThatDoesNotComeWholeIsTimedOut() throws Exception {
    try (HttpDoor hasty = door(HASTY)) {
      assertThat(halfSent(hasty, "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n123"))
          .startsWith("HTTP/1.1 408 ")
          .contains("did not come whole");
      assertThat(halfSent(hasty, "POST /echo HTTP/1.1\r\nHost: ")).startsWith("HTTP/1.1 408 ");
    }
  }

  @Test
  void whoSendsMuchQuicklyMayNotRestOnIt() throws Exception {
    try (HttpDoor hasty = door(HASTY)) {
      assertThat(
              halfSent(
                  hasty,
                  "POST /swallow HTTP/1.1\r\nHost: x\r\nContent-Length: 70000\r\n\r\n"
                      + "x".repeat(60_000)))
          .startsWith("HTTP/1.1 408 ");
    }
  }

  private static String halfSent(HttpDoor hasty, String bytes) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), hasty.port())) {
      socket.getOutputStream().write(bytes.getBytes(StandardCharsets.US_ASCII));
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
