package dev.relevo.launcher;

import dev.relevo.common.config.Settings;
import dev.relevo.common.kafka.KafkaClients;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** A worker node alone. */
final class NodeRole extends RoleProcess {
  /** What of the settings file this process was started with. */
  private static final Set<String> SECTIONS = Set.of("kafka", "node");

  private final SettingsSource source;
  private final Settings settings;
  private final Map<String, String> environment;
  private final HttpPlace http;

  NodeRole(SettingsSource source, Map<String, String> environment, HttpPlace http) {
    this.source = source;
    this.settings = source.settings();
    this.environment = environment;
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
            NodePart.start(settings.kafka(), settings.node(), environment, meters().registry()));
    watch("the node", node.stopped());
    readiness().watch(node::missing);
    watchSettings(source, SECTIONS, read -> read.node().backends(), node::change);
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
