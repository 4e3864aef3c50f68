package dev.relevo.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.helidon.http.Method;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TlsTest {
  private static final String PASSWORD = "changeit";
  private static final CompletableFuture<Void> BEGUN = new CompletableFuture<>();
  private static final CompletableFuture<Void> SEEN_GONE = new CompletableFuture<>();
  private static final CompletableFuture<Void> BROKEN_OFF = new CompletableFuture<>();

  @TempDir static Path folder;
  private static SSLContext trusting;
  private static HttpDoor door;

  @BeforeAll
  static void open() throws Exception {
    pem("server");
    KeyStore known = KeyStore.getInstance(KeyStore.getDefaultType());
    known.load(null, null);
    known.setCertificateEntry("server", keys("server").getCertificate("server"));
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(known);
    trusting = SSLContext.getInstance("TLS");
    trusting.init(null, trust.getTrustManagers(), null);
    door = door("server.pem", "server.key");
    door.serve(
        List.of(
            route("/hello", exchange -> exchange.json(200, Map.of("hello", "x"))),
            route("/wait", TlsTest::waitForTheEnd),
            route("/flood", TlsTest::flood)));
  }

  @AfterAll
  static void close() {
    door.close();
  }

  private static HttpDoor door(String certificate, String key) throws IOException {
    return HttpDoor.open(
        DoorFixture.options(
            Map.of(
                "RELEVO_GATEWAY_LIMITS_SLOW_READER", "500ms",
                "RELEVO_GATEWAY_TLS_CERTIFICATE", folder.resolve(certificate).toString(),
                "RELEVO_GATEWAY_TLS_PRIVATE_KEY", folder.resolve(key).toString())),
        List.of(),
        (exchange, route) ->
            new Gatekeeper.Admission(
                new Principal("anybody", "default", false, Set.of(Right.CHAT)), () -> {}));
  }

  private static Route route(String path, Route.Handler handler) {
    return new Route(Method.GET, path, Right.CHAT, ErrorShape.PROBLEM, handler);
  }

  private static void waitForTheEnd(Exchange exchange) {
    BEGUN.complete(null);
    exchange.callerGone().join();
    SEEN_GONE.complete(null);
    throw new CallerGoneException("as was waited for");
  }

  private static void flood(Exchange exchange) throws IOException {
    byte[] much = new byte[64 << 10];
    try (OutputStream out = exchange.stream(200, "application/octet-stream")) {
      while (true) {
        out.write(much);
      }
    } catch (IOException | RuntimeException e) {
      // The thread is as it was, for what it has to do next.
      if (!Thread.currentThread().isInterrupted()) {
        BROKEN_OFF.complete(null);
      }
      throw e;
    }
  }

  /** Makes a key and a certificate, and writes both as PEM. */
  private static void pem(String name) throws Exception {
    Path store = folder.resolve(name + ".p12");
    Process keytool =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-alias",
                name,
                "-keyalg",
                "EC",
                "-dname",
                "CN=localhost",
                "-ext",
                "SAN=dns:localhost,ip:127.0.0.1",
                "-validity",
                "2",
                "-storetype",
                "PKCS12",
                "-keystore",
                store.toString(),
                "-storepass",
                PASSWORD,
                "-keypass",
                PASSWORD)
            .redirectErrorStream(true)
            .start();
    String said = new String(keytool.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(keytool.waitFor()).as(said).isZero();
    KeyStore keys = keys(name);
    write(name + ".pem", "CERTIFICATE", keys.getCertificate(name).getEncoded());
    write(name + ".key", "PRIVATE KEY", keys.getKey(name, PASSWORD.toCharArray()).getEncoded());
  }

  private static KeyStore keys(String name) throws Exception {
    KeyStore keys = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(folder.resolve(name + ".p12"))) {
      keys.load(in, PASSWORD.toCharArray());
    }
    return keys;
  }

  private static void write(String file, String kind, byte[] bytes) throws IOException {
    Files.writeString(
        folder.resolve(file),
        "-----BEGIN %1$s-----\n%2$s\n-----END %1$s-----\n"
            .formatted(kind, Base64.getMimeEncoder().encodeToString(bytes)));
  }

  private static SSLSocket connect() throws IOException {
    return (SSLSocket) trusting.getSocketFactory().createSocket("localhost", door.port());
  }

  @Test
  void httpsIsSpoken() throws Exception {
    sayHello();
  }

  private static void sayHello() throws Exception {
    try (HttpClient client = HttpClient.newBuilder().sslContext(trusting).build()) {
      URI address = URI.create("https://localhost:" + door.port() + "/hello");
      HttpResponse<String> answer =
          client.send(HttpRequest.newBuilder(address).build(), BodyHandlers.ofString());
      assertThat(answer.body()).isEqualTo("{\"hello\":\"x\"}");
      assertThat(answer.version()).isEqualTo(HttpClient.Version.HTTP_1_1);
    }
  }

  @Test
  void whoSpeaksPlainHttpIsSentAway() throws Exception {
    assertThat(RawHttp.ask(door.port(), "GET /hello HTTP/1.1\r\nHost: x\r\n\r\n"))
        .doesNotContain("hello");
    // And the next one is served.
    sayHello();
  }

  @Test
  void aHandlerThatWaitsKnowsThatItsCallerHasGone() throws Exception {
    try (RawHttp raw = new RawHttp(connect())) {
      raw.send("GET /wait HTTP/1.1\r\nHost: x\r\n\r\n");
      BEGUN.get(10, TimeUnit.SECONDS);
      assertThat(SEEN_GONE).isNotDone();
    }
    SEEN_GONE.get(10, TimeUnit.SECONDS);
  }

  @Test
  void whoDoesNotReadIsBrokenOff() throws Exception {
    try (RawHttp raw = new RawHttp(connect())) {
      raw.send("GET /flood HTTP/1.1\r\nHost: x\r\n\r\n");
      BROKEN_OFF.get(20, TimeUnit.SECONDS);
    }
  }

  @Test
  void whatCannotBeUsedIsToldAtTheStart() throws Exception {
    pem("other");
    Files.writeString(folder.resolve("empty.pem"), "");
    Files.writeString(folder.resolve("odd.pem"), "-----BEGIN CERTIFICATE-----\nAAAA\n");
    Files.writeString(
        folder.resolve("old.key"),
        "-----BEGIN EC PRIVATE KEY-----\nAAAA\n-----END EC PRIVATE KEY-----\n");
    Files.writeString(
        folder.resolve("locked.key"),
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n");

    refused("none.pem", "server.key", "gateway.tls.certificate", "none.pem does not exist");
    refused("empty.pem", "server.key", "gateway.tls.certificate", "empty.pem has no certificate");
    refused("odd.pem", "server.key", "gateway.tls.certificate", "odd.pem is no certificate");
    refused("server.pem", "none.key", "gateway.tls.private-key", "none.key does not exist");
    refused("server.pem", "other.key", "gateway.tls.private-key", "is not the key of the cert");
    refused("server.pem", "old.key", "gateway.tls.private-key", "openssl pkcs8 -topk8");
    refused("server.pem", "locked.key", "gateway.tls.private-key", "locked.key is encrypted");
  }

  private static void refused(String certificate, String key, String... words) {
    assertThatThrownBy(() -> door(certificate, key).close())
        .isInstanceOf(IOException.class)
        .hasMessageContainingAll(words);
  }
}
