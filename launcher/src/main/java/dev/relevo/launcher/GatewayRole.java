package dev.relevo.launcher;

import dev.relevo.common.config.Settings;
import dev.relevo.common.kafka.KafkaClients;
import dev.relevo.gateway.Gateway;
import java.time.Duration;
import java.util.List;

/** A gateway alone. */
final class GatewayRole extends RoleProcess {
  private final Settings settings;

  GatewayRole(Settings settings) {
    this.settings = settings;
  }

  @Override
  public List<String> start() throws Exception {
    Gateway gateway = openGateway(settings.gateway());
    KafkaClients clients = KafkaDoor.await(settings.kafka());
    HouseTopics topics = new HouseTopics(clients, settings.kafka().topics());
    topics.ensure();
    gateway.connect(clients, topics.layout());
    readiness().watch(gateway::missing);
    readiness().started();
    return List.of(
        "ready: gateway at %s on Kafka at %s"
            .formatted(gateway.address(), settings.kafka().bootstrapServers()),
        "OpenAI clients: base URL %s/v1".formatted(gateway.address()));
  }

  @Override
  public Duration stopBound() {
    return Gateway.closeBound(settings.gateway());
  }
}
