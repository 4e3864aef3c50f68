package dev.relevo.gateway;

import dev.relevo.client.JobClient;
import dev.relevo.client.JobClientOptions;
import dev.relevo.common.config.GatewaySettings;
import dev.relevo.common.kafka.KafkaClients;
import dev.relevo.common.kafka.KafkaProblem;
import dev.relevo.common.kafka.TopicLayout;
import dev.relevo.gateway.http.DoorOptions;
import dev.relevo.gateway.http.HttpDoor;
import dev.relevo.gateway.http.Route;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * The HTTP door: a client of Kafka like any other, which keeps nothing that a restart would lose.
 * Any number may run side by side, and each can go on with what another began.
 */
public final class Gateway implements AutoCloseable {
  private final KafkaClients clients;
  private final TopicLayout topics;
  private final GatewaySettings settings;
  private final GatewayHost host;

  /** What was started, in order; closed the other way round. */
  private final Deque<AutoCloseable> parts = new ArrayDeque<>();

  private HttpDoor door;

  @SuppressWarnings("NullAway.Init") // opened by start, or nobody gets hold of this
  private Gateway(
      KafkaClients clients, TopicLayout topics, GatewaySettings settings, GatewayHost host) {
    this.clients = clients;
    this.topics = topics;
    this.settings = settings;
    this.host = host;
  }

  /**
   * Starts one; returns when it answers.
   *
   * @param topics names and sizes of the topics; they have to be there
   * @throws KafkaProblem when Kafka does not answer
   * @throws IOException when the address cannot be had
   */
  public static Gateway start(
      KafkaClients clients, TopicLayout topics, GatewaySettings settings, GatewayHost host)
      throws IOException {
    Gateway gateway = new Gateway(clients, topics, settings, host);
    try {
      gateway.open();
      return gateway;
    } catch (IOException | RuntimeException e) {
      gateway.close();
      throw e;
    }
  }

  private void open() throws IOException {
    add(new JobClient(clientOptions()));
    List<Route> routes = new ArrayList<>();
    routes.addAll(new HealthRoutes(host).routes());
    door = add(HttpDoor.open(options(), routes, new OpenDoor()));
  }

  private JobClientOptions clientOptions() {
    return JobClientOptions.to(clients.access().bootstrapServers())
        .properties(clients.access().properties())
        .topics(topics)
        .replyMode(settings.replyMode())
        .keepReplies(true)
        .build();
  }

  private DoorOptions options() {
    return DoorOptions.at(settings.host(), settings.port());
  }

  private <T extends AutoCloseable> T add(T part) {
    parts.push(part);
    return part;
  }

  /** Where it listens. */
  public int port() {
    return door.port();
  }

  /** Ends what runs, in order; jobs run on, and other gateways can tell of them. */
  @Override
  public void close() {
    while (!parts.isEmpty()) {
      try {
        parts.pop().close();
      } catch (Exception e) {
        throw new IllegalStateException("a part of the gateway did not close", e);
      }
    }
  }
}
