package dev.relevo.common.config;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * How Kafka is reached and which topics are used.
 *
 * @param bootstrapServers where Kafka is, as host:port with commas; default localhost:9092. {@code
 *     embedded}, or no value at all: {@code up} and {@code broker} start one at localhost:9092; one
 *     broker of a cluster is enough, but then it has to be up at start.
 * @param embedded whether {@code up} and {@code broker} start a broker of their own: no address was
 *     given, or the word {@code embedded}
 * @param properties any property of Kafka's clients, such as {@code security.protocol}, {@code
 *     sasl.*}, {@code ssl.*}; default none. They win over what Relevo sets, except for what the
 *     protocol fixes, such as {@code acks} or {@code isolation.level}: those are refused at start.
 * @param topics names and sizes of the topics.
 */
public record KafkaSettings(
    String bootstrapServers,
    boolean embedded,
    Map<String, String> properties,
    TopicSettings topics) {
  /** What the tools take for Kafka's address, and where an embedded broker listens. */
  public static final String DEFAULT_BOOTSTRAP_SERVERS = "localhost:9092";

  /** The word that asks for a broker in the same process. */
  private static final String EMBEDDED = "embedded";

  /**
   * Stands for no value; an address in the file, even the default one, is a Kafka that is there.
   */
  private static final String ABSENT = EMBEDDED;

  static final Entry.Setting<String> BOOTSTRAP_SERVERS =
      new Entry.Setting<>(
          "bootstrap-servers",
          Kinds.text(
              "a comma list of host:port, or embedded",
              Pattern.compile(
                  "embedded|[^\\s,:\\[\\]]+:\\d{1,5}(,[^\\s,:\\[\\]]+:\\d{1,5})*|\\[[0-9A-Fa-f:]+\\]:\\d{1,5}")),
          ABSENT,
          "localhost:9092",
          "Where Kafka is, as host:port with commas",
          "`embedded`, or no value at all: `up` and `broker` start one at "
              + "localhost:9092; one broker of a cluster is enough, but then it has to be up "
              + "at start");

  static final Entry.Setting<Map<String, String>> PROPERTIES =
      new Entry.Setting<>(
          "properties",
          new Kind.Texts(),
          Map.of(),
          "Any property of Kafka's clients, such as `security.protocol`, `sasl.*`, " + "`ssl.*`",
          "They win over what Relevo sets, except for what the protocol fixes, such as `acks` or "
              + "`isolation.level`: those are refused at start");

  static final Entry.Section<KafkaSettings> SECTION =
      new Entry.Section<>(
          "kafka",
          List.of(BOOTSTRAP_SERVERS, PROPERTIES, TopicSettings.SECTION),
          KafkaSettings::of);

  public KafkaSettings {
    properties = Collections.unmodifiableMap(new LinkedHashMap<>(properties));
    new Rules("kafka")
        .check(BOOTSTRAP_SERVERS, bootstrapServers)
        .check(PROPERTIES, properties)
        .require(
            !properties.containsKey("bootstrap.servers"),
            "bootstrap.servers does not belong here, set kafka.bootstrap-servers",
            "properties")
        .verify();
  }

  private static KafkaSettings of(Values values) {
    return new KafkaSettings(
        addressOf(values.get(BOOTSTRAP_SERVERS)),
        embeddedBy(values.get(BOOTSTRAP_SERVERS)),
        values.get(PROPERTIES),
        values.get(TopicSettings.SECTION));
  }

  private static String addressOf(String given) {
    return given.equals(EMBEDDED) ? DEFAULT_BOOTSTRAP_SERVERS : given;
  }

  private static boolean embeddedBy(String given) {
    return given.equals(EMBEDDED);
  }

  /** Names the properties, never their values: passwords stand there. */
  @Override
  public String toString() {
    return "KafkaSettings[bootstrapServers="
        + bootstrapServers
        + ", embedded="
        + embedded
        + ", properties="
        + properties.keySet()
        + ", topics="
        + topics
        + "]";
  }
}
