package dev.relevo.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.relevo.common.supervision.Part;
import dev.relevo.common.supervision.Supervisor;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class HealthServerTest {
  private static final Part PART = Supervisor.uncounted("test").part("health server");

  private final Readiness readiness = new Readiness("Kafka is starting");
  private final Meters meters = new Meters();
  private final HealthServer server =
      HealthServer.start("127.0.0.1", 0, "--port", readiness, meters::scrape, PART);
  private final HttpClient http = HttpClient.newHttpClient();

  @AfterEach
  void close() {
    server.close();
    http.close();
  }

  private HttpResponse<String> get(String path) throws Exception {
    URI uri = URI.create(server.address() + path);
    return http.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString());
  }

  @Test
  void aProcessLivesBeforeItIsReady() throws Exception {
    assertThat(get("/healthz").statusCode()).isEqualTo(200);
    assertThat(get("/readyz").statusCode()).isEqualTo(503);
    assertThat(get("/readyz").body()).isEqualTo("Kafka is starting\n");
  }

  @Test
  void onceStartedTheChecksDecide() throws Exception {
    AtomicBoolean working = new AtomicBoolean(true);
    readiness.watch(() -> working.get() ? Optional.empty() : Optional.of("node-1 is deaf"));
    readiness.started();
    assertThat(get("/readyz").statusCode()).isEqualTo(200);

    working.set(false);
    assertThat(get("/readyz").statusCode()).isEqualTo(503);
    assertThat(get("/readyz").body()).isEqualTo("node-1 is deaf\n");

    working.set(true);
    readiness.notReady("stopping");
    assertThat(get("/readyz").body()).isEqualTo("stopping\n");
  }

  @Test
  void metersAreInPrometheusFormat() throws Exception {
    meters.registry().counter("relevo.test.things").increment(3);

    HttpResponse<String> metrics = get("/metrics");

    assertThat(metrics.headers().firstValue("Content-Type").orElseThrow())
        .startsWith("text/plain; version=0.0.4");
    assertThat(metrics.body())
        .contains("relevo_test_things_total 3.0")
        .contains("jvm_memory_used_bytes");
  }

  @Test
  void anAnswerThatCrashesIsTheOnlyOne() throws Exception {
    AtomicBoolean crashing = new AtomicBoolean(true);
    readiness.started();
    readiness.watch(() -> {
      if (crashing.get()) {
        throw new StackOverflowError("deep");
      }
      return Optional.empty();
    });

    assertThat(get("/readyz").statusCode()).isEqualTo(500);
    assertThat(get("/readyz").body())
        .isEqualTo("The answer could not be made; the log says why.\n");
    assertThat(get("/healthz").statusCode()).isEqualTo(200);

    crashing.set(false);
    assertThat(get("/readyz").statusCode()).isEqualTo(200);
  }

  @Test
  void onlyThesePathsAndOnlyReading() throws Exception {
    assertThat(get("/healthz/more").statusCode()).isEqualTo(404);
    assertThat(get("/").statusCode()).isEqualTo(404);
    HttpRequest post =
        HttpRequest.newBuilder(URI.create(server.address() + "/healthz"))
            .POST(BodyPublishers.noBody())
            .build();
    assertThat(http.send(post, BodyHandlers.ofString()).statusCode()).isEqualTo(405);
  }

  @Test
  void aBusyPortIsAUsersProblem() {
    int port = URI.create(server.address()).getPort();

    assertThatThrownBy(
            () -> HealthServer.start("127.0.0.1", port, "--port", readiness, meters::scrape, PART))
        .isInstanceOfSatisfying(
            CommandProblem.class,
            problem -> assertThat(problem.exitCode()).isEqualTo(ExitCode.WRONG_USE))
        .hasMessageContaining("Port " + port)
        .hasMessageContaining("--port");
  }

  @Test
  void aClosedServerFreesItsPort() {
    int port = URI.create(server.address()).getPort();
    server.close();

    try (HealthServer again =
        HealthServer.start("127.0.0.1", port, "--port", readiness, meters::scrape, PART)) {
      assertThat(again.address()).isEqualTo("http://127.0.0.1:" + port);
    }
  }
}
