package dev.relevo.operator;

import dev.relevo.common.kafka.KafkaClients;
import dev.relevo.common.kafka.KafkaProblem;

/** What is said where a topic of the house is not there. */
final class MissingTopic {
  private MissingTopic() {}

  static KafkaProblem problem(KafkaClients clients, String topic) {
    return new KafkaProblem(
        KafkaProblem.Kind.NO_TOPIC,
        "Kafka at %s has no topic %s, so Relevo never ran there: start it with ./relevo up, or create the topics with ./relevo topics create."
            .formatted(clients.access().bootstrapServers(), topic),
        null);
  }
}
