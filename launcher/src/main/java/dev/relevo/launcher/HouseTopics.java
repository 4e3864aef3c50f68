package dev.relevo.launcher;

import dev.relevo.common.config.TopicSettings;
import dev.relevo.common.kafka.KafkaClients;
import dev.relevo.common.kafka.TopicAdmin;
import dev.relevo.common.kafka.TopicLayout;
import dev.relevo.common.kafka.TopicReport;
import java.util.function.Function;
import org.apache.kafka.clients.admin.Admin;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The topics that everything here works with (protocol section 1). */
final class HouseTopics {
  private static final Logger LOG = LoggerFactory.getLogger(HouseTopics.class);

  private final KafkaClients clients;
  private final TopicSettings settings;

  HouseTopics(KafkaClients clients, TopicSettings settings) {
    this.clients = clients;
    this.settings = settings;
  }

  /**
   * What every role does at its start: creates what is missing, refuses what breaks a rule.
   *
   * @throws dev.relevo.common.kafka.KafkaProblem when a topic breaks a rule, or Kafka refuses
   */
  void ensure() {
    TopicReport report = with(TopicAdmin::ensure);
    report.warnings().forEach(LOG::warn);
    if (!report.created().isEmpty()) {
      LOG.debug("Created {}", report.created());
    }
  }

  /** Does something with the topics. */
  <T> T with(Function<TopicAdmin, T> work) {
    try (Admin admin = clients.admin("relevo-topics")) {
      return work.apply(new TopicAdmin(admin, layout(), clients.access().bootstrapServers()));
    }
  }

  /** Their names and sizes. */
  TopicLayout layout() {
    return new TopicLayout(
        settings.prefix(),
        settings.jobsPartitions(),
        settings.slots(),
        settings.replicationFactor());
  }
}
