package dev.relevo.common.kafka;

import java.util.Map;

/**
 * Where Kafka is and how to talk to it.
 *
 * @param bootstrapServers {@code HOST:PORT}, several with commas
 * @param properties any Kafka client property; they win over ours, except those that the protocol
 *     fixes ({@link KafkaClients})
 */
public record KafkaAccess(String bootstrapServers, Map<String, String> properties) {
  public KafkaAccess {
    if (bootstrapServers.isBlank()) {
      throw new KafkaProblem(
          KafkaProblem.Kind.BAD_ADDRESS,
          "kafka.bootstrap-servers is empty: name Kafka's address as HOST:PORT.",
          null);
    }
    properties = Map.copyOf(properties);
  }

  /** Kafka at an address, with nothing else to say. */
  public static KafkaAccess to(String bootstrapServers) {
    return new KafkaAccess(bootstrapServers, Map.of());
  }

  /** Names the properties, never their values: passwords stand there. */
  @Override
  public String toString() {
    return "KafkaAccess[" + bootstrapServers + ", properties=" + properties.keySet() + "]";
  }
}
