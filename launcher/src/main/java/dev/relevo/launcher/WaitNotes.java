package dev.relevo.launcher;

import dev.relevo.common.config.KafkaSettings;
import dev.relevo.common.kafka.KafkaClients;
import dev.relevo.common.protocol.TopicNames;
import dev.relevo.operator.Fleet;
import dev.relevo.operator.FleetReader;
import java.time.InstantSource;

/** Says what a job waits for that no node has begun yet; each reason once. */
final class WaitNotes {
  private final KafkaClients clients;
  private final KafkaSettings kafka;
  private final String model;
  private final String subject;
  private String said = "";

  WaitNotes(KafkaClients clients, KafkaSettings kafka, String model) {
    this(clients, kafka, model, "The job waits");
  }

  /**
   * @param subject how each sentence begins
   */
  WaitNotes(KafkaClients clients, KafkaSettings kafka, String model, String subject) {
    this.subject = subject;
    this.clients = clients;
    this.kafka = kafka;
    this.model = model;
  }

  /** What to say now; empty when it was said before. */
  String next() {
    String reason;
    TopicNames topics = new TopicNames(kafka.topics().prefix());
    try (FleetReader reader = new FleetReader(clients, topics, InstantSource.system())) {
      reason = reason(reader.read(FleetReader.FEW_BEATS));
    }
    String news = reason.equals(said) ? "" : reason;
    said = reason;
    return news;
  }

  private String reason(Fleet fleet) {
    if (fleet.liveDispatchers().isEmpty()) {
      return subject + ": no dispatcher is running. Start one with ./relevo dispatcher.";
    }
    if (fleet.live().isEmpty()) {
      return subject + ": no node is running. Start one with ./relevo node.";
    }
    if (!fleet.serves(model)) {
      return "%s: no node can answer with %s now; the nodes have %s."
          .formatted(
              subject,
              model,
              fleet.models().isEmpty() ? "none" : String.join(", ", fleet.models()));
    }
    return subject + " for a free node; see ./relevo nodes.";
  }
}
