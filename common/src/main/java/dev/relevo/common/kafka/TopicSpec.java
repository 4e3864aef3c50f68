package dev.relevo.common.kafka;

import java.util.Map;

/**
 * A topic: as the protocol wants it, or as it is.
 *
 * @param name its name
 * @param partitions how many, 1 or more
 * @param replicationFactor copies, 1 or more
 * @param settings topic settings by Kafka's names
 */
public record TopicSpec(
    String name, int partitions, int replicationFactor, Map<String, String> settings) {
  public TopicSpec {
    settings = Map.copyOf(settings);
  }
}
