package dev.relevo.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.common.config.GatewaySettings;
import dev.relevo.common.config.SettingsLoader;
import dev.relevo.gateway.http.DoorOptions;
import dev.relevo.gateway.http.ErrorShape;
import dev.relevo.gateway.http.Exchange;
import dev.relevo.gateway.http.HttpDoor;
import dev.relevo.gateway.http.Right;
import dev.relevo.gateway.http.Route;
import io.helidon.http.Method;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GuardTest {
  private static final HttpClient CLIENT = HttpClient.newHttpClient();

  /** Of the key "operator". */
  private static final String HASH =
      "06e55b633481f7bb072957eabcf110c972e86691c3cfedabe088024bffe42f23";

  @TempDir Path folder;

  private final AtomicLong nanos = new AtomicLong();
  private final CompletableFuture<Void> begun = new CompletableFuture<>();
  private final CompletableFuture<Void> mayEnd = new CompletableFuture<>();

  private HttpDoor door(String gateway) throws Exception {
    Path file = Files.writeString(folder.resolve("relevo.yaml"), "gateway:\n" + gateway.indent(2));
    GatewaySettings settings =
        new SettingsLoader().load(file, Map.of()).gateway().withPort(0).withHashedKeys();
    HttpDoor door =
        HttpDoor.open(DoorOptions.of(settings), List.of(), new Guard(settings, nanos::get));
    door.serve(
        List.of(
            route("/open", Right.NOTHING, GuardTest::who),
            route("/chat", Right.CHAT, GuardTest::who),
            route("/operate", Right.OPERATE, GuardTest::who),
            route("/wait", Right.CHAT, this::waits),
            route("/bad", Right.CHAT, exchange -> exchange.body(0))));
    return door;
  }

  private static Route route(String path, Right right, Route.Handler handler) {
    return new Route(Method.POST, path, right, ErrorShape.OPENAI, handler);
  }

  private static void who(Exchange exchange) {
    exchange.json(
        200, Map.of("name", exchange.principal().name(), "tenant", exchange.principal().tenant()));
  }

  private void waits(Exchange exchange) {
    begun.complete(null);
    mayEnd.join();
    exchange.empty(204);
  }

  private static HttpRequest request(HttpDoor door, String path, String authorization) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + door.port() + path))
            .POST(HttpRequest.BodyPublishers.ofString("x"));
    if (!authorization.isEmpty()) {
      request.header("Authorization", authorization);
    }
    return request.build();
  }

  private static HttpResponse<String> ask(HttpDoor door, String path, String authorization)
      throws Exception {
    return CLIENT.send(request(door, path, authorization), BodyHandlers.ofString());
  }

  @Test
  void keysAreKnownWithTheirTenantsAndRights() throws Exception {
    try (HttpDoor door =
        door(
            """
            api-keys:
              - sk-first
              - { key: sha256:%s, name: watch, tenant: house, rights: [operate] }
            """
                .formatted(HASH))) {
      assertThat(ask(door, "/open", "").statusCode()).isEqualTo(200);
      assertThat(ask(door, "/chat", "Bearer sk-first").body())
          .contains("\"name\":\"key-1\"", "\"tenant\":\"default\"");
      assertThat(ask(door, "/operate", "bearer operator").body())
          .contains("\"name\":\"watch\"", "\"tenant\":\"house\"");

      HttpResponse<String> forbidden = ask(door, "/chat", "Bearer operator");
      assertThat(forbidden.statusCode()).isEqualTo(403);
      assertThat(forbidden.body()).contains("insufficient_permissions", "key watch", "chat");
    }
  }

  @Test
  void whoIsUnknownIsToldSo() throws Exception {
    try (HttpDoor door = door("api-keys: [sk-first]")) {
      for (String authorization :
          List.of(
              "",
              "Bearer",
              "Bearer ",
              "Bearer sk-firs",
              "Basic sk-first",
              "sk-first",
              "Bearer " + dev.relevo.common.config.ApiKeySettings.hashOf("sk-first"))) {
        HttpResponse<String> refused = ask(door, "/chat", authorization);
        assertThat(refused.statusCode()).as(authorization).isEqualTo(401);
        assertThat(refused.headers().firstValue("www-authenticate")).hasValue("Bearer");
        assertThat(refused.body()).contains("invalid_api_key").doesNotContain("sk-first");
      }
    }
  }

  @Test
  void withoutKeysEverybodyMayDoEverything() throws Exception {
    try (HttpDoor door = door("port: 1")) {
      assertThat(ask(door, "/operate", "Bearer whatever").body()).contains("anybody", "default");
    }
  }

  @Test
  void pagesFromElsewhereAreNotAnswered() throws Exception {
    try (HttpDoor door = door("port: 1")) {
      for (String header :
          List.of("Origin: https://evil.example", "Origin: null", "Host: evil.example:8484")) {
        assertThat(headOf(door, header)).as(header).startsWith("HTTP/1.1 403");
      }
      for (String header :
          List.of(
              "Origin: http://localhost:3000",
              "Host: localhost:1",
              "Host: [::1]:1",
              "Host: 192.168.1.7",
              "Host: host.docker.internal:8484")) {
        assertThat(headOf(door, header)).as(header).startsWith("HTTP/1.1 200");
      }
    }
  }

  /** The first line of the answer to a request with this header. */
  private static String headOf(HttpDoor door, String header) throws Exception {
    String host = header.startsWith("Host:") ? "" : "Host: localhost\r\n";
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), door.port())) {
      String request =
          "POST /operate HTTP/1.1\r\n%s%s\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
              .formatted(host, header);
      socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  @Test
  void requestsOfAMinuteAreCounted() throws Exception {
    try (HttpDoor door =
        door(
            """
            limits: { requests-per-minute: 2 }
            api-keys: [one, { key: two, requests-per-minute: 60 }]
            """)) {
      HttpResponse<String> first = ask(door, "/chat", "Bearer one");
      assertThat(first.headers().firstValue("x-ratelimit-limit-requests")).hasValue("2");
      assertThat(first.headers().firstValue("x-ratelimit-remaining-requests")).hasValue("1");
      assertThat(first.headers().firstValue("x-ratelimit-reset-requests")).hasValue("30s");
      // What goes wrong counts, too, and tells what is left.
      HttpResponse<String> second = ask(door, "/bad", "Bearer one");
      assertThat(second.statusCode()).isEqualTo(413);
      assertThat(second.headers().firstValue("x-ratelimit-remaining-requests")).hasValue("0");

      HttpResponse<String> third = ask(door, "/chat", "Bearer one");
      assertThat(third.statusCode()).isEqualTo(429);
      assertThat(third.headers().firstValue("retry-after")).hasValue("30");
      assertThat(third.body()).contains("rate_limit_exceeded", "rate_limit_error");
      assertThat(ask(door, "/chat", "Bearer two").statusCode()).isEqualTo(200);
      assertThat(ask(door, "/open", "").statusCode()).isEqualTo(200);

      nanos.addAndGet(TimeUnit.SECONDS.toNanos(30));
      assertThat(ask(door, "/chat", "Bearer one").statusCode()).isEqualTo(200);
      assertThat(ask(door, "/chat", "Bearer one").statusCode()).isEqualTo(429);
    }
  }

  @Test
  void requestsAtOnceAreCountedAsLongAsTheyRun() throws Exception {
    try (HttpDoor door = door("limits: { concurrent: 1 }")) {
      CompletableFuture<HttpResponse<String>> running =
          CLIENT.sendAsync(request(door, "/wait", ""), BodyHandlers.ofString());
      begun.get(10, TimeUnit.SECONDS);

      HttpResponse<String> second = ask(door, "/chat", "");
      assertThat(second.statusCode()).isEqualTo(429);
      assertThat(second.headers().firstValue("retry-after")).hasValue("1");

      mayEnd.complete(null);
      assertThat(running.get(10, TimeUnit.SECONDS).statusCode()).isEqualTo(204);
      // The place is given back before the next request of the same connection is read.
      assertThat(ask(door, "/chat", "").statusCode()).isEqualTo(200);
    }
  }
}
