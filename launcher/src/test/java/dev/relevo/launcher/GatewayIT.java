package dev.relevo.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Gateways that die while they stream, each a process of its own, and others that go on. */
@Timeout(600)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class GatewayIT {
  private static final Pattern ADDRESS = Pattern.compile("http://[0-9.]+:[0-9]+");
  private static final String TEXT = Words.count(40);

  private final HttpClient http = HttpClient.newHttpClient();
  private ProcessHouse house;
  private String second;

  @BeforeAll
  void start(@TempDir Path folder) throws Exception {
    house = new ProcessHouse(folder);
    RelevoProcess dispatcher = house.dispatcher();
    RelevoProcess attic = house.node("attic", 10, "500ms");
    RelevoProcess barn = house.node("barn", 90, "500ms");
    RelevoProcess gateway = gateway();
    dispatcher.ready();
    attic.ready();
    barn.ready();
    second = address(gateway);
  }

  @AfterAll
  void stop() {
    house.close();
  }

  private RelevoProcess gateway() throws Exception {
    return house.start("gateway", "--port", "0", "--bootstrap", house.kafka());
  }

  private static String address(RelevoProcess gateway) throws Exception {
    Matcher address = ADDRESS.matcher(gateway.ready());
    assertThat(address.find()).as(gateway.ready()).isTrue();
    return address.group();
  }

  private static String body(boolean stream) {
    return """
    {"model": "echo-slow", "stream": %s, "messages": [{"role": "user", "content": "%s"}]}\
    """
        .formatted(stream, TEXT);
  }

  private HttpRequest post(String address, String json) {
    return HttpRequest.newBuilder(URI.create(address))
        .header("Content-Type", "application/json")
        .POST(HttpRequest.BodyPublishers.ofString(json))
        .build();
  }

  private HttpResponse<Stream<String>> follow(String gateway, String job, String afterId)
      throws Exception {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(gateway + "/v1/jobs/" + job + "/stream"));
    if (!afterId.isEmpty()) {
      request.header("Last-Event-ID", afterId);
    }
    HttpResponse<Stream<String>> answer = http.send(request.build(), BodyHandlers.ofLines());
    assertThat(answer.statusCode()).isEqualTo(200);
    return answer;
  }

  @Test
  void anotherGatewayGoesOnAfterTheLastEventExactly() throws Exception {
    RelevoProcess first = gateway();
    String firstAddress = address(first);
    HttpResponse<String> posted =
        http.send(post(firstAddress + "/v1/jobs", body(false)), BodyHandlers.ofString());
    assertThat(posted.statusCode()).as(posted.body()).isEqualTo(202);
    String job = JsonText.of(posted.body(), "id");

    SseText seen = new SseText();
    Iterator<String> lines = follow(firstAddress, job, "").body().iterator();
    while (seen.chunks() < 5) {
      seen.take(lines.next());
    }
    first.kill();
    follow(second, job, seen.lastId()).body().forEach(seen::take);

    assertThat(seen.text()).isEqualTo(Words.ECHO_SAYS + TEXT);
    assertThat(seen.lastEvent()).isEqualTo("done");
  }

  @Test
  void theStreamOfADeadGatewayAndADeadNodeIsWholeAtAnother() throws Exception {
    RelevoProcess first = gateway();
    RelevoProcess cellar = house.node("cellar", 1, "500ms");
    cellar.ready();
    String firstAddress = address(first);
    HttpResponse<Stream<String>> stream =
        http.send(post(firstAddress + "/v1/chat/completions", body(true)), BodyHandlers.ofLines());
    assertThat(stream.statusCode()).isEqualTo(200);
    String job = stream.headers().firstValue("x-relevo-job-id").orElseThrow();
    Iterator<String> lines = stream.body().iterator();
    String line = lines.next();
    while (!line.contains("built-in")) {
      line = lines.next();
    }
    first.kill();
    cellar.kill();

    SseText seen = new SseText();
    follow(second, job, "").body().forEach(seen::take);

    assertThat(seen.text()).isEqualTo(Words.ECHO_SAYS + TEXT);
    assertThat(seen.lastEvent()).isEqualTo("done");
  }
}
