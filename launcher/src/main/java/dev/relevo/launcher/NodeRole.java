package dev.relevo.launcher;

import dev.relevo.common.config.Settings;
import dev.relevo.common.kafka.KafkaClients;
import java.time.Duration;
import java.util.List;

/** A worker node alone. */
final class NodeRole extends RoleProcess {
  private final Settings settings;
  private final HttpPlace http;

  NodeRole(Settings settings, HttpPlace http) {
    this.settings = settings;
    this.http = http;
  }

  @Override
  public List<String> start() throws Exception {
    HealthServer health = openHealth(http);
    KafkaClients clients = KafkaDoor.await(settings.kafka());
    new HouseTopics(clients, settings.kafka().topics()).ensure();
    NodePart node =
        add(
            Parts.Kind.NODE,
            "node " + settings.node().id(),
            NodePart.start(settings.kafka(), settings.node(), meters().registry()));
    watch("the node", node.stopped());
    readiness().watch(node::missing);
    node.awaitReady();
    readiness().started();
    return List.of(
        "ready: node %s on Kafka at %s with %s, health and metrics at %s"
            .formatted(
                node.id(),
                settings.kafka().bootstrapServers(),
                String.join(", ", node.models()),
                health.address()));
  }

  @Override
  public Duration stopBound() {
    return settings.node().drainTimeout().plus(NodePart.CLOSE_GRACE);
  }
}
