package dev.relevo.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.common.config.BackendSettings;
import dev.relevo.common.config.Settings;
import dev.relevo.common.config.SettingsLoader;
import dev.relevo.launcher.ComposeFile.Service;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import kafka.server.KafkaConfig;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.utils.AppInfoParser;
import org.apache.kafka.server.config.AbstractKafkaConfig;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Holds docker-compose.yml to the code: its settings, names, ports and what it promises. */
class ComposeTest {
  private static final int BROKERS = 3;
  private static final int INSIDE_PORT = 19_092;

  private static final Set<String> NOT_OF_THE_BROKER = Set.of("CLUSTER_ID", "KAFKA_HEAP_OPTS");

  static List<Service> roles() throws IOException {
    ComposeFile file = ComposeFile.read(Map.of());
    return Stream.of("dispatcher-", "node-", "gateway-")
        .flatMap(name -> file.services(name).stream())
        .toList();
  }

  static List<Service> brokers() throws IOException {
    return ComposeFile.read(Map.of()).services("kafka-");
  }

  @Test
  void runsThreeBrokersTwoDispatchersThreeNodesAndTwoGateways() throws IOException {
    assertThat(ComposeFile.read(Map.of()).services().keySet())
        .containsExactly(
            "kafka-1",
            "kafka-2",
            "kafka-3",
            "dispatcher-1",
            "dispatcher-2",
            "node-1",
            "node-2",
            "node-3",
            "gateway-1",
            "gateway-2");
  }

  @ParameterizedTest
  @MethodSource("roles")
  void everySettingOfARoleExists(Service role) {
    assertThat(role.environment().keySet())
        .allMatch(name -> name.matches("RELEVO_(KAFKA|DISPATCHER|NODE|GATEWAY|CLIENT)_.*"));

    Settings settings = settings(role);

    assertThat(settings.kafka().topics().replicationFactor()).isEqualTo(BROKERS);
    assertThat(settings.kafka().bootstrapServers())
        .isEqualTo(
            IntStream.rangeClosed(1, BROKERS)
                .mapToObj(number -> "kafka-" + number + ":" + INSIDE_PORT)
                .collect(Collectors.joining(",")));
  }

  @ParameterizedTest
  @MethodSource("roles")
  void aRoleIsAskedForItsHealthWhereItListens(Service role) {
    Settings settings = settings(role);
    HttpPlace place =
        switch (role.name().substring(0, role.name().indexOf('-'))) {
          case "node" -> new HttpPlace(settings.node().host(), settings.node().port(), "");
          case "gateway" -> new HttpPlace(settings.gateway().host(), settings.gateway().port(), "");
          default -> new HttpPlace(settings.dispatcher().host(), settings.dispatcher().port(), "");
        };

    assertThat(place.port()).isPositive();
    assertThat(place.host()).isEqualTo("0.0.0.0");
    assertThat(role.healthCommand().getLast()).contains("/dev/tcp/127.0.0.1/" + place.port() + ";");
  }

  @ParameterizedTest
  @MethodSource("roles")
  void aRoleWaitsForKafkaAndComesBack(Service role) {
    assertThat(role.text("restart")).isEqualTo("unless-stopped");
    assertThat(role.dependencies().keySet()).containsExactly("kafka-1", "kafka-2", "kafka-3");
    assertThat(role.dependencies().values())
        .allMatch(wait -> ComposeFile.map(wait).get("condition").equals("service_healthy"));
  }

  @Test
  void nodesHaveNamesOfTheirOwnAndTimeToDrain() throws IOException {
    Set<String> ids = new HashSet<>();
    for (Service node : ComposeFile.read(Map.of()).services("node-")) {
      Settings settings = settings(node);
      ids.add(settings.node().id());
      assertThat(settings.node().backends())
          .extracting(BackendSettings::type)
          .containsExactly("echo");
      assertThat(Duration.parse("PT" + node.text("stop_grace_period").toUpperCase(Locale.ROOT)))
          .isGreaterThan(settings.node().drainTimeout());
    }
    assertThat(ids).containsExactlyInAnyOrder("node-1", "node-2", "node-3");
  }

  @Test
  void canPointTheNodesAtAModelServerOfThisMachine() throws IOException {
    String url = "http://host.docker.internal:11434";
    ComposeFile file = ComposeFile.read(Map.of("BACKEND_TYPE", "ollama", "BACKEND_URL", url));

    for (Service node : file.services("node-")) {
      BackendSettings backend = settings(node).node().backends().getFirst();
      assertThat(backend.type()).isEqualTo("ollama");
      assertThat(String.valueOf(backend.baseUrl())).contains(url);
      assertThat(node.texts("extra_hosts")).contains("host.docker.internal:host-gateway");
    }
  }

  @ParameterizedTest
  @MethodSource("brokers")
  void kafkaTakesTheSettingsOfABroker(Service broker) {
    Properties properties = kafkaProperties(broker);

    assertThat(AbstractKafkaConfig.CONFIG_DEF.names())
        .containsAll(properties.stringPropertyNames());
    KafkaConfig config = new KafkaConfig(properties, false);

    assertThat(config.nodeId()).isEqualTo(Integer.parseInt(broker.name().substring(6)));
    assertThat(config.autoCreateTopicsEnable()).isFalse();
    assertThat(config.defaultReplicationFactor()).isEqualTo(BROKERS);
    assertThat(config.minInSyncReplicas()).isEqualTo(2);
    assertThat(Uuid.fromString(broker.environment().get("CLUSTER_ID"))).isNotNull();
  }

  @ParameterizedTest
  @MethodSource("brokers")
  void aBrokerIsFoundWhereItSaysItIs(Service broker) {
    Map<String, URI> listeners = listeners(broker, "KAFKA_LISTENERS");
    Map<String, URI> advertised = listeners(broker, "KAFKA_ADVERTISED_LISTENERS");
    String[] published = broker.pair("ports");

    assertThat(advertised.get("INSIDE").getHost()).isEqualTo(broker.name());
    assertThat(advertised.get("INSIDE").getPort()).isEqualTo(INSIDE_PORT);
    assertThat(listeners.get("INSIDE").getPort()).isEqualTo(INSIDE_PORT);
    assertThat(broker.healthCommand().getLast()).endsWith("/127.0.0.1/" + INSIDE_PORT);
    assertThat(advertised.get("HOST").getHost()).isEqualTo("localhost");
    assertThat(published)
        .containsOnly(
            String.valueOf(listeners.get("HOST").getPort()),
            String.valueOf(advertised.get("HOST").getPort()));
    assertThat(broker.environment().get("KAFKA_CONTROLLER_QUORUM_VOTERS"))
        .contains(
            broker.environment().get("KAFKA_NODE_ID")
                + "@"
                + broker.name()
                + ":"
                + listeners.get("CONTROLLER").getPort());
  }

  @ParameterizedTest
  @MethodSource("brokers")
  void aBrokerKeepsItsDataAndComesBack(Service broker) throws IOException {
    String[] volume = broker.pair("volumes");

    assertThat(volume[0]).isEqualTo(broker.name());
    assertThat(ComposeFile.read(Map.of()).volumes()).contains(volume[0]);
    assertThat(volume[1]).isEqualTo(broker.environment().get("KAFKA_LOG_DIRS"));
    assertThat(broker.text("restart")).isEqualTo("unless-stopped");
    assertThat(broker.text("image")).isEqualTo("apache/kafka:" + AppInfoParser.getVersion());
  }

  private static Settings settings(Service role) {
    return new SettingsLoader().load(null, role.environment());
  }

  /** As the image does it: KAFKA_A_B is a.b. */
  private static Properties kafkaProperties(Service broker) {
    Properties properties = new Properties();
    broker
        .environment()
        .forEach((name, value) -> {
          if (!NOT_OF_THE_BROKER.contains(name)) {
            assertThat(name).startsWith("KAFKA_");
            String key = name.substring("KAFKA_".length()).toLowerCase(Locale.ROOT);
            properties.setProperty(key.replace('_', '.'), value);
          }
        });
    return properties;
  }

  private static Map<String, URI> listeners(Service broker, String variable) {
    return Stream.of(broker.environment().get(variable).split(",", -1))
        .collect(
            Collectors.toMap(
                listener -> listener.substring(0, listener.indexOf(':')),
                // A listener without a host is not a URI.
                listener -> URI.create(listener.replace("://:", "://0.0.0.0:"))));
  }
}
