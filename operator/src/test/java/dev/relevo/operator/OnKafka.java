package dev.relevo.operator;

import dev.relevo.broker.TestBroker;
import dev.relevo.common.kafka.KafkaAccess;
import dev.relevo.common.kafka.KafkaClients;
import dev.relevo.common.kafka.ProducerProfile;
import dev.relevo.common.kafka.TopicAdmin;
import dev.relevo.common.kafka.TopicLayout;
import dev.relevo.common.protocol.TopicNames;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.TestInfo;

/** What tests on a real Kafka stand on: a client, and a prefix of each test's own. */
abstract class OnKafka {
  static final int HOMES = 2;

  final KafkaClients clients =
      new KafkaClients(new KafkaAccess(TestBroker.shared().bootstrapServers(), Map.of()));
  TopicNames names = new TopicNames("none");
  private String prefix = "none";

  @BeforeEach
  final void useAPrefixOfItsOwn(TestInfo test) {
    prefix = "operator-" + test.getTestMethod().orElseThrow().getName();
    names = new TopicNames(prefix);
  }

  final void makeTopics() {
    try (Admin admin = clients.admin("test-topics")) {
      TopicLayout layout = new TopicLayout(prefix, HOMES, 2, 1);
      new TopicAdmin(admin, layout, clients.access().bootstrapServers()).ensure();
    }
  }

  final void write(Iterable<ProducerRecord<String, byte[]>> records) {
    try (Producer<String, byte[]> producer = clients.producer(ProducerProfile.STATE, "test")) {
      records.forEach(record -> {
        var _ = producer.send(record);
      });
      producer.flush();
    }
  }

  final void write(ProducerRecord<String, byte[]> record) {
    write(List.of(record));
  }
}
