package dev.relevo.gateway.operate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.common.config.GatewaySettings;
import dev.relevo.common.config.Settings;
import dev.relevo.gateway.http.DoorOptions;
import dev.relevo.gateway.http.ErrorShape;
import dev.relevo.gateway.http.Gatekeeper;
import dev.relevo.gateway.http.HttpDoor;
import dev.relevo.gateway.http.Principal;
import dev.relevo.gateway.http.Right;
import dev.relevo.gateway.http.Route;
import io.helidon.http.Method;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What is told of a view that may not be true any more. */
class KafkaRouteTest {
  private volatile boolean ready;
  private volatile Optional<String> complaint = Optional.of("the heartbeats were not read yet");

  private HttpResponse<String> ask() throws Exception {
    Principal anybody = new Principal("anybody", "default", false, Set.of(Right.CHAT));
    GatewaySettings settings = Settings.defaults().gateway().withPort(0);
    Route route =
        new Route(
            Method.GET,
            "/v1/things",
            Right.CHAT,
            ErrorShape.PROBLEM,
            KafkaRoute.handler(
                () -> ready, () -> complaint, exchange -> exchange.json(200, Map.of("a", 1))));
    try (HttpDoor door =
            HttpDoor.open(
                DoorOptions.of(settings),
                List.of(route),
                (exchange, asked) -> new Gatekeeper.Admission(anybody, () -> {}));
        HttpClient client = HttpClient.newHttpClient()) {
      URI uri = URI.create("http://127.0.0.1:" + door.port() + "/v1/things");
      return client.send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString());
    }
  }

  @Test
  void aViewThatHasNotCaughtUpTellsNothing() throws Exception {
    HttpResponse<String> answer = ask();

    assertThat(answer.statusCode()).isEqualTo(503);
    assertThat(answer.headers().firstValue("Retry-After")).hasValue("1");
    assertThat(answer.body()).contains("kafka_unavailable", "the heartbeats were not read yet");
  }

  @Test
  void aViewThatReadsNoLongerTellsNothingEither() throws Exception {
    ready = true;
    complaint = Optional.of("the heartbeats cannot be read: Kafka is away");

    HttpResponse<String> answer = ask();

    assertThat(answer.statusCode()).isEqualTo(503);
    assertThat(answer.body()).contains("kafka_unavailable", "Kafka is away");
  }

  @Test
  void oneThatReadsOnTellsWhatThereIs() throws Exception {
    ready = true;
    complaint = Optional.empty();

    HttpResponse<String> answer = ask();

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.body()).isEqualTo("{\"a\":1}");
  }
}
