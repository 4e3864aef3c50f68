package dev.relevo.launcher;

import dev.relevo.common.config.KafkaSettings;
import dev.relevo.common.config.NodeSettings;
import dev.relevo.common.config.Settings;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * What {@code up} is to start.
 *
 * @param settings of all roles
 * @param data the folder of the embedded Kafka
 * @param kafkaPort of the embedded Kafka, 0 for any free one
 * @param nodes how many nodes
 * @param toolOptions what a tool needs to find the settings, as it would be typed
 */
record UpPlan(Settings settings, Path data, int kafkaPort, int nodes, String toolOptions) {

  /** The settings with the address that the embedded Kafka turned out to have. */
  Settings withKafkaAt(@Nullable String address) {
    KafkaSettings kafka = settings.kafka();
    String servers = address == null ? kafka.bootstrapServers() : address;
    KafkaSettings found = new KafkaSettings(servers, false, kafka.properties(), kafka.topics());
    return new Settings(
        found, settings.dispatcher(), settings.node(), settings.gateway(), settings.client());
  }

  /** The settings of each node. */
  List<NodeSettings> nodeSettings(BackendChoice choice) {
    return IntStream.rangeClosed(1, nodes)
        .mapToObj(number -> nodeSettings(settings.node().id() + "-" + number, choice))
        .toList();
  }

  private NodeSettings nodeSettings(String id, BackendChoice choice) {
    NodeSettings node = settings.node();
    return new NodeSettings(
        id,
        node.capacity(),
        node.strategy(),
        node.heartbeatInterval(),
        node.drainTimeout(),
        node.chunkLinger(),
        node.healthCheck(),
        choice.backends(),
        node.host(),
        node.port());
  }
}
