package dev.relevo.gateway;

import dev.relevo.common.config.GatewaySettings;
import dev.relevo.common.config.Settings;
import dev.relevo.common.kafka.KafkaAccess;
import dev.relevo.common.kafka.KafkaClients;
import dev.relevo.common.kafka.TopicLayout;
import dev.relevo.testkit.HouseOptions;
import dev.relevo.testkit.RelevoHouse;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Optional;

/** Gateways of a test's house. */
public final class GatewayFixture {
  private static final HttpClient HTTP = HttpClient.newHttpClient();

  private GatewayFixture() {}

  /**
   * A house in which no node dies: one is missed only after seconds, so that a machine that stands
   * still for a moment does not look like one, and no job runs twice.
   */
  public static HouseOptions house() {
    return HouseOptions.defaults().withSetting("dispatcher.missed-heartbeats", "50");
  }

  /** A gateway with default settings, on any free port. */
  public static Gateway start(RelevoHouse house) throws IOException {
    return start(house, onAnyPort(Settings.defaults().gateway()));
  }

  /** A gateway with these settings. */
  public static Gateway start(RelevoHouse house, GatewaySettings settings) throws IOException {
    Gateway gateway = Gateway.open(settings, new TestHost());
    gateway.connect(
        new KafkaClients(KafkaAccess.to(house.bootstrapServers())),
        TopicLayout.defaults().withPrefix(house.topics().prefix()));
    return gateway;
  }

  /** The same settings, with any free port. */
  public static GatewaySettings onAnyPort(GatewaySettings settings) {
    return settings.withPort(0);
  }

  /** A request to a gateway, to be built. */
  public static HttpRequest.Builder request(Gateway gateway, String path) {
    return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + gateway.port() + path));
  }

  /** Asks, and reads the answer whole. */
  public static HttpResponse<String> ask(HttpRequest.Builder request)
      throws IOException, InterruptedException {
    return HTTP.send(request.build(), HttpResponse.BodyHandlers.ofString());
  }

  /** Asks with GET. */
  public static HttpResponse<String> get(Gateway gateway, String path)
      throws IOException, InterruptedException {
    return ask(request(gateway, path).GET());
  }

  /** Asks with POST and JSON. */
  public static HttpResponse<String> post(Gateway gateway, String path, String json)
      throws IOException, InterruptedException {
    return ask(
        request(gateway, path)
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(json)));
  }

  private static final class TestHost implements GatewayHost {
    private final PrometheusMeterRegistry meters =
        new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);

    @Override
    public Optional<String> missing() {
      return Optional.empty();
    }

    @Override
    public MeterRegistry meters() {
      return meters;
    }

    @Override
    public String metrics() {
      return meters.scrape();
    }
  }
}
