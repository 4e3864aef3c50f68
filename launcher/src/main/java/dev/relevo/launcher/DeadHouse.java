package dev.relevo.launcher;

import dev.relevo.common.config.Settings;
import dev.relevo.common.kafka.KafkaClients;
import dev.relevo.common.protocol.TopicNames;
import dev.relevo.operator.DeadReader;

/**
 * Where the dead letters of a house are.
 *
 * @param clients the way there
 * @param topics its topics
 */
record DeadHouse(KafkaClients clients, TopicNames topics) {
  static DeadHouse open(Settings settings) {
    KafkaClients clients = KafkaDoor.open(settings.kafka());
    return new DeadHouse(clients, new TopicNames(settings.kafka().topics().prefix()));
  }

  DeadReader reader() {
    return new DeadReader(clients, topics);
  }

  /** A number of letters in words. */
  static String letters(long count) {
    return count == 1 ? "1 dead letter" : count + " dead letters";
  }
}
