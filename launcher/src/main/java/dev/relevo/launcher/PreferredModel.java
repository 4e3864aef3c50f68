package dev.relevo.launcher;

import dev.relevo.common.kafka.KafkaClients;
import dev.relevo.common.protocol.TopicNames;
import dev.relevo.operator.FleetReader;
import java.time.InstantSource;

/** The model for jobs that name none. */
final class PreferredModel {
  private PreferredModel() {}

  /**
   * The model that the live nodes prefer.
   *
   * @throws CommandProblem when there is none
   */
  static String of(KafkaClients clients, TopicNames topics) {
    try (FleetReader reader = new FleetReader(clients, topics, InstantSource.system())) {
      return reader
          .read(FleetReader.FEW_BEATS)
          .preferredModel()
          .orElseThrow(() ->
              CommandProblem.wrongUse(
                  "No node is running that has a model to choose: start one with ./relevo up or"
                      + " ./relevo node, or name a model with -m."));
    }
  }
}
