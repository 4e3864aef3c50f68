package dev.relevo.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.broker.TestBroker;
import dev.relevo.common.config.Settings;
import dev.relevo.common.config.SettingsLoader;
import dev.relevo.common.kafka.KafkaClients;
import dev.relevo.common.kafka.ProducerProfile;
import dev.relevo.common.protocol.TopicNames;
import dev.relevo.testkit.HouseOptions;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.TestInfo;

/** What tests of dead letters on a real Kafka stand on. */
abstract class DeadOnKafka {
  final Map<String, String> environment = new HashMap<>();
  TopicNames names = new TopicNames("none");
  Settings settings = Settings.defaults();
  KafkaClients clients = KafkaDoor.clients(settings.kafka());

  @BeforeEach
  void useAPrefixOfItsOwn(TestInfo test) {
    String prefix = "dead-" + test.getTestMethod().orElseThrow().getName();
    environment.put("RELEVO_KAFKA_BOOTSTRAP_SERVERS", TestBroker.shared().bootstrapServers());
    environment.put("RELEVO_KAFKA_TOPICS_PREFIX", prefix);
    environment.put("RELEVO_KAFKA_TOPICS_JOBS_PARTITIONS", "2");
    environment.put("RELEVO_KAFKA_TOPICS_SLOTS", "2");
    names = new TopicNames(prefix);
    settings = new SettingsLoader().load(null, environment);
    clients = KafkaDoor.clients(settings.kafka());
    assertThat(terminal().run("topics", "create")).isEqualTo(ExitCode.DONE);
  }

  /** A dispatcher on the test's topics, and no node yet. */
  final HouseOptions lonelyHouse() {
    return HouseOptions.defaults()
        .withNodes(0)
        .onKafka(TestBroker.shared().bootstrapServers())
        .withPrefix(settings.kafka().topics().prefix())
        .withSetting("kafka.topics.slots", Integer.toString(settings.kafka().topics().slots()));
  }

  final TestTerminal terminal() {
    TestTerminal terminal = new TestTerminal();
    environment.forEach(terminal::with);
    return terminal;
  }

  /** Runs a command that has to end well, and says what it printed. */
  final String printed(String... arguments) {
    TestTerminal terminal = terminal();
    assertThat(terminal.run(arguments)).as(terminal.err()).isEqualTo(ExitCode.DONE);
    return terminal.out();
  }

  final void write(Iterable<ProducerRecord<String, byte[]>> records) {
    try (Producer<String, byte[]> producer = clients.producer(ProducerProfile.STATE, "test")) {
      records.forEach(record -> {
        var _ = producer.send(record);
      });
      producer.flush();
    }
  }

  /** All that stands in a topic when this is asked, in the order of the partitions. */
  final List<ConsumerRecord<String, byte[]>> all(String topic) {
    return TopicRecords.all(clients, topic);
  }

  /** Reads a topic until a record is there; the test's own time limit bounds it. */
  final ConsumerRecord<String, byte[]> await(
      String topic, Predicate<ConsumerRecord<String, byte[]>> wanted) {
    while (true) {
      for (ConsumerRecord<String, byte[]> record : all(topic)) {
        if (wanted.test(record)) {
          return record;
        }
      }
    }
  }

  static String header(ConsumerRecord<String, byte[]> record, String name) {
    Header header = record.headers().lastHeader(name);
    return header == null ? null : new String(header.value(), StandardCharsets.UTF_8);
  }
}
