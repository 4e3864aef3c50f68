package dev.relevo.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.helidon.http.Method;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;
import org.slf4j.LoggerFactory;

/**
 * What no SDK sends. Each is answered once, in a shape of ours, and its connection ends; nothing
 * behind it is taken for a request; nobody's log fills; and the server goes on.
 */
@Isolated("it looks at all that is logged")
class HostileRequestsTest {
  private static final String HEAD = "POST /echo HTTP/1.1\r\nHost: x\r\n";

  /** What would be a second request, if somebody were fooled. */
  private static final String SECOND = "GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n";

  private static final AtomicInteger SMUGGLED = new AtomicInteger();
  private static final ListAppender<ILoggingEvent> LOGGED = new ListAppender<>();

  /** Of houses that other classes share nothing is meant, and they live on. */
  private static final List<String> SERVER = List.of("dev.relevo.gateway", "io.helidon");

  private static HttpDoor door;

  @BeforeAll
  static void open() throws IOException {
    LOGGED.list = new CopyOnWriteArrayList<>();
    LOGGED.start();
    ((Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME)).addAppender(LOGGED);
    door = door("30s");
  }

  private static HttpDoor door(String requestTimeout) throws IOException {
    HttpDoor opened =
        HttpDoor.open(
            DoorFixture.options(
                Map.of(
                    "RELEVO_GATEWAY_LIMITS_REQUEST_TIMEOUT", requestTimeout,
                    "RELEVO_GATEWAY_LIMITS_HEADER_BYTES", "2KiB",
                    "RELEVO_GATEWAY_LIMITS_REQUEST_BYTES", "100KiB",
                    "RELEVO_GATEWAY_LIMITS_FILE_BYTES", "200KiB")),
            List.of(),
            (exchange, route) ->
                new Gatekeeper.Admission(
                    new Principal("anybody", "default", false, Set.of(Right.CHAT)), () -> {}));
    opened.serve(
        List.of(
            route(Method.POST, "/echo", HostileRequestsTest::echo),
            route(Method.POST, "/v1/chat/json", HostileRequestsTest::json),
            route(Method.POST, "/refuse", exchange -> exchange.empty(204)),
            route(Method.GET, "/hello", exchange -> exchange.json(200, Map.of("hello", "x"))),
            route(
                Method.GET,
                "/smuggled",
                exchange -> {
                  SMUGGLED.incrementAndGet();
                  exchange.empty(204);
                })));
    return opened;
  }

  @AfterAll
  static void close() {
    door.close();
    ((Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME)).detachAppender(LOGGED);
  }

  @AfterEach
  void theServerIsWellAndNobodyWasFooled() throws IOException {
    assertThat(RawHttp.ask(door.port(), closing("GET /hello HTTP/1.1"))).contains("200 OK");
    assertThat(SMUGGLED).hasValue(0);
    assertThat(
            LOGGED.list.stream()
                .filter(event -> SERVER.stream().anyMatch(event.getLoggerName()::startsWith))
                .filter(event -> event.getLevel().isGreaterOrEqual(Level.WARN)))
        .isEmpty();
  }

  private static Route route(Method method, String path, Route.Handler handler) {
    ErrorShape shape = path.startsWith("/v1") ? ErrorShape.OPENAI : ErrorShape.PROBLEM;
    return new Route(method, path, Right.CHAT, shape, handler);
  }

  private static void echo(Exchange exchange) {
    exchange.bytes(200, "application/octet-stream", exchange.body(Integer.MAX_VALUE));
  }

  private static void json(Exchange exchange) {
    exchange.json(200, JsonBody.object(exchange.body(Integer.MAX_VALUE)));
  }

  private static String closing(String line) {
    return line + "\r\nHost: x\r\nConnection: close\r\n\r\n";
  }

  private interface Check {
    void of(String text) throws IOException;
  }

  /** All at once: each waits a little for its connection to end. */
  private static void each(Check check, String... texts) throws Exception {
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<?>> checks = new ArrayList<>();
      for (String text : texts) {
        checks.add(
            threads.submit(() -> {
              check.of(text);
              return null;
            }));
      }
      for (Future<?> one : checks) {
        one.get();
      }
    }
  }

  /** Sends it with another request behind, and wants one answer with this status. */
  private static String refused(int status, String request) throws IOException {
    String answer = RawHttp.ask(door.port(), request + SECOND);
    assertThat(answer).startsWith("HTTP/1.1 " + status + " ");
    assertThat(answer.split("HTTP/1\\.1 ", -1)).as(answer).hasSize(2);
    assertThat(answer.toLowerCase(Locale.ROOT))
        .contains(
            "connection: close",
            "x-content-type-options: nosniff",
            "x-request-id: req_",
            "\"status\":" + status)
        .doesNotContain("\tat ", "exception");
    return answer;
  }

  @Test
  void headersThatTwoReadersMightTakeInTwoWays() throws Exception {
    each(
        rest -> {
          refused(400, HEAD + rest);
        },
        "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n",
        "Content-Length: 4\r\nContent-Length: 5\r\n\r\nabcd",
        "Content-Length: 4\r\nContent-Length: 4\r\n\r\nabcd",
        "Content-Length: 4, 4\r\n\r\nabcd",
        "Content-Length: +4\r\n\r\nabcd",
        "Content-Length: -4\r\n\r\nabcd",
        "Content-Length: 0x4\r\n\r\nabcd",
        "Content-Length: 4 4\r\n\r\nabcd",
        "Content-Length: \r\n\r\nabcd",
        "Content-Length: 99999999999999999999\r\n\r\nabcd",
        "Content-Length : 4\r\n\r\nabcd",
        " Content-Length: 4\r\n\r\nabcd",
        "Content-Length\r\n\r\nabcd",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
        "Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n",
        "X: y\r\n folded: z\r\n\r\n",
        "X: y\r\n\tz\r\n\r\n",
        "X: a\u0000b\r\n\r\n",
        "X: a\u0001b\r\n\r\n",
        "X: a\u007fb\r\n\r\n",
        "X\u0000: b\r\n\r\n",
        "X y: b\r\n\r\n",
        "X(y): b\r\n\r\n",
        ": b\r\n\r\n",
        "X: a\nContent-Length: 4\r\n\r\nabcd",
        "X: a\rY: b\r\n\r\n",
        "Content-Length: 4\n\nabcd",
        "Host: y\r\n\r\n",
        "Authorization: Bearer a\r\nAuthorization: Bearer b\r\n\r\n");
  }

  @Test
  void encodingsThatAreNotUnderstood() throws Exception {
    each(
        rest -> {
          refused(400, HEAD + rest);
        },
        "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
        "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
        "Transfer-Encoding: \u000bchunked\r\n\r\n0\r\n\r\n",
        "Transfer-Encoding: \"chunked\"\r\n\r\n0\r\n\r\n",
        "Transfer-Encoding: \r\n\r\n0\r\n\r\n");
  }

  @Test
  void bodiesThatWouldHaveToBeUnpacked() throws Exception {
    each(
        coding -> {
          assertThat(refused(415, HEAD + coding + "\r\nContent-Length: 4\r\n\r\nabcd"))
              .contains("without Content-Encoding");
        },
        "Content-Encoding: gzip",
        "content-encoding: br, gzip",
        "Content-Encoding: identity");
  }

  @Test
  void chunksThatAreNone() throws Exception {
    each(
        body -> {
          refused(400, HEAD + "Transfer-Encoding: chunked\r\n\r\n" + body);
        },
        "g\r\nabcd\r\n0\r\n\r\n",
        "-4\r\nabcd\r\n0\r\n\r\n",
        "+4\r\nabcd\r\n0\r\n\r\n",
        "0x4\r\nabcd\r\n0\r\n\r\n",
        " 4\r\nabcd\r\n0\r\n\r\n",
        "4 \r\nabcd\r\n0\r\n\r\n",
        "\r\nabcd\r\n0\r\n\r\n",
        "4;a=b\r\nabcd\r\n0\r\n\r\n",
        "4\nabcd\r\n0\r\n\r\n",
        "4\r\nabcdX\r\n0\r\n\r\n",
        "4\r\nabcd\n0\r\n\r\n",
        "4\r\nabcd0\r\n\r\n",
        "000000000000004\r\nabcd\r\n0\r\n\r\n",
        "4\r\nabcd\r\n0\r\nTrailer: x\r\n\r\n",
        "0\r\nX",
        "0\n\n");
  }

  @Test
  void linesThatAreNoRequest() throws Exception {
    each(
        line -> {
          refused(400, line + "\r\nHost: x\r\n\r\n");
        },
        "GET http://elsewhere/hello HTTP/1.1",
        "GET * HTTP/1.1",
        "OPTIONS * HTTP/1.1",
        "CONNECT x:1 HTTP/1.1",
        "GET hello HTTP/1.1",
        "GET /hello#there HTTP/1.1",
        "GET /he\\llo HTTP/1.1",
        "GET /hello%0d%0aX:y HTTP/1.1",
        "GET /hello%00 HTTP/1.1",
        "GET /hello%zz HTTP/1.1",
        "GET /hello%2 HTTP/1.1",
        "GET  /hello HTTP/1.1",
        "GET /hello  HTTP/1.1",
        "GET /hel lo HTTP/1.1",
        "GET\t/hello\tHTTP/1.1",
        " GET /hello HTTP/1.1",
        "get /hello HTTP/1.1",
        "GET /hello",
        "GET /hello http/1.1",
        "GET /hello HTTP/1.1 ",
        "GET /hell\u00f6 HTTP/1.1",
        "GET /hello\u0000 HTTP/1.1",
        "\r\nGET /hello HTTP/1.1",
        "hello, is anybody there?");
  }

  @Test
  void otherProtocols() throws IOException {
    // SDKs would try it again, as whatever is 500 or more.
    assertThat(refused(505, "GET /hello HTTP/1.0\r\nHost: x\r\n\r\n"))
        .containsIgnoringCase("\r\nx-should-retry: false\r\n");
    refused(505, "GET /hello HTTP/2.0\r\nHost: x\r\n\r\n");
    refused(505, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    // A browser that takes this port for one with TLS.
    refused(400, "\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003");
    refused(400, "\u0000\u0000\u0000\u0004");
  }

  @Test
  void whatIsTooLong() throws IOException {
    refused(414, "GET /" + "x".repeat(3_000) + " HTTP/1.1\r\nHost: x\r\n\r\n");
    refused(431, HEAD + "X: " + "x".repeat(3_000) + "\r\n\r\n");
    refused(431, HEAD + "X: y\r\n".repeat(101) + "\r\n");
    tooLarge("Content-Length: 300000\r\n\r\n" + "x".repeat(300_000));
    // More than this route takes, but not more than any.
    tooLarge("Content-Length: 150000\r\n\r\n" + "x".repeat(150_000));
    tooLarge("Transfer-Encoding: chunked\r\n\r\n" + "fffffff\r\nxxx");
    tooLarge("Transfer-Encoding: chunked\r\n\r\n" + "7fffffff\r\n" + "x".repeat(9_000));
    tooLarge(
        "Transfer-Encoding: chunked\r\n\r\n" + ("400\r\n" + "x".repeat(1024) + "\r\n").repeat(300));
  }

  /** Whoever finds it out, the server or the route. */
  private static void tooLarge(String rest) throws IOException {
    assertThat(refused(413, HEAD + rest)).contains("\"code\":\"request_too_large\"");
  }

  @Test
  void aChunkIsPassedOnInPieces() throws IOException {
    String body = "0123456789abcdef".repeat(6_000);
    String answer =
        RawHttp.ask(
            door.port(),
            HEAD
                + "Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
                + Integer.toHexString(body.length())
                + "\r\n"
                + body
                + "\r\n0\r\n\r\n");

    assertThat(answer).startsWith("HTTP/1.1 200 ").endsWith("\r\n\r\n" + body);
  }

  @Test
  void whatIsHalfSent() throws Exception {
    try (HttpDoor hasty = door("300ms")) {
      each(
          half -> {
            assertThat(RawHttp.ask(hasty.port(), half))
                .startsWith("HTTP/1.1 408 ")
                .contains("300 ms");
            try (RawHttp raw = new RawHttp(hasty.port())) {
              // A peer that has said all it will gets no second request, whatever it hears.
              assertThat(raw.send(half).halfClose().readAll()).doesNotContain("200 OK");
            }
          },
          "P",
          "POST /echo HTTP/1.1\r\nHos",
          "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n123",
          "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n4",
          "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nab",
          "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nabcd\r\n0\r\n");
    }
  }

  @Test
  void requestsOneBehindTheOtherAreAnsweredInOrder() throws IOException {
    String two =
        HEAD
            + "Content-Length: 3\r\n\r\none"
            + HEAD
            + "Transfer-Encoding: chunked\r\n\r\n3\r\ntwo\r\n0\r\n\r\n"
            + HEAD
            + "Content-Length: 5\r\nConnection: close\r\n\r\nthree";

    String answers = RawHttp.ask(door.port(), two + SECOND);

    assertThat(answers).containsSubsequence("\r\n\r\none", "\r\n\r\ntwo", "\r\n\r\nthree");
    assertThat(answers.split("HTTP/1\\.1 200", -1)).hasSize(4);
  }

  @Test
  void aGoodRequestIsAnsweredBeforeABadOneBehindIt() throws IOException {
    String answers = RawHttp.ask(door.port(), "GET /hello HTTP/1.1\r\nHost: x\r\n\r\nrubbish\r\n");

    assertThat(answers).containsSubsequence("200 OK", "HTTP/1.1 400 ");
  }

  @Test
  void whoHasSaidAllGetsHisAnswer() throws IOException {
    try (RawHttp raw = new RawHttp(door.port())) {
      String answer = raw.send("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n").halfClose().readAll();
      assertThat(answer).startsWith("HTTP/1.1 200 ");
    }
  }

  @Test
  void whoAsksFirstIsToldToSend() throws IOException {
    try (RawHttp raw = new RawHttp(door.port())) {
      raw.send(HEAD + "Content-Length: 3\r\nExpect: 100-continue\r\n\r\n");
      assertThat(raw.readAnswer()).startsWith("HTTP/1.1 100 ");
      assertThat(raw.send("abc").readAnswer()).startsWith("HTTP/1.1 200 ").endsWith("abc");
    }
    // Refused, it is the last of its connection: nobody knows whether the body comes.
    String refused =
        RawHttp.ask(
            door.port(),
            HEAD.replace("/echo", "/refuse") + "Content-Length: 3\r\nExpect: 100-continue\r\n\r\n");
    assertThat(refused).startsWith("HTTP/1.1 204 ").doesNotContain("100 Continue");
    refused(417, HEAD + "Content-Length: 3\r\nExpect: a-pony\r\n\r\nabc");
  }

  @Test
  void methodsThatNothingIsFor() throws IOException {
    String head = RawHttp.ask(door.port(), closing("HEAD /hello HTTP/1.1"));
    assertThat(head).startsWith("HTTP/1.1 405 ").contains("Allow: GET").endsWith("\r\n\r\n");
    String options = RawHttp.ask(door.port(), closing("OPTIONS /hello HTTP/1.1"));
    assertThat(options)
        .startsWith("HTTP/1.1 204 ")
        .contains("Allow: GET")
        .doesNotContainIgnoringCase("access-control");
    refused(405, "TRACE /hello HTTP/1.1\r\nHost: x\r\n\r\n");
    refused(404, "BREW /coffee HTTP/1.1\r\nHost: x\r\n\r\n");
  }

  @Test
  void jsonThatIsNone() throws IOException {
    String request = "POST /v1/chat/json HTTP/1.1\r\nHost: x\r\nConnection: close\r\n";
    String deep = "{\"a\":" + "[".repeat(20_000) + "]".repeat(20_000) + "}";
    assertThat(RawHttp.ask(door.port(), request + "Content-Length: 40006\r\n\r\n" + deep))
        .startsWith("HTTP/1.1 400 ")
        .contains("{\"error\":{\"message\":\"", "\"type\":\"invalid_request_error\"");
  }

  @Test
  void errorsBelowTheApiOfOpenAiHaveItsShape() throws IOException {
    String answer =
        RawHttp.ask(
            door.port(), "POST /v1/chat/json HTTP/1.1\r\nHost: x\r\nContent-Length: x\r\n\r\n");
    assertThat(answer).startsWith("HTTP/1.1 400 ").contains("{\"error\":{\"message\":\"");
  }
}
