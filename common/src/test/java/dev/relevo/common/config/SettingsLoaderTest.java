package dev.relevo.common.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SettingsLoaderTest {
  @TempDir Path folder;

  private Settings load(String yaml, Map<String, String> environment) throws Exception {
    Path file = Files.writeString(folder.resolve("r.yaml"), yaml);
    return new SettingsLoader(() -> "host-1").load(file, environment);
  }

  @Test
  void anEmptyFileAndEmptySectionsMeanTheDefaults() throws Exception {
    Settings defaults = new SettingsLoader(() -> "host-1").load(null, Map.of());

    assertThat(load("", Map.of())).isEqualTo(defaults);
    assertThat(load("# nothing\n", Map.of())).isEqualTo(defaults);
    assertThat(load("kafka:\nnode:\n  backends: []\n  capacity:\n", Map.of())).isEqualTo(defaults);
  }

  @Test
  void variablesOverrideTheFile() throws Exception {
    Settings settings =
        load(
            "node: { id: from-file, capacity: 3 }\ndispatcher:\n",
            Map.of(
                "RELEVO_NODE_ID", "from-variable",
                "RELEVO_NODE_CAPACITY", "",
                "RELEVO_DISPATCHER_ACK_TIMEOUT", "3s",
                "RELEVO_KAFKA_BOOTSTRAP_SERVERS", "a:1,b:2",
                "RELEVO_KAFKA_TOPICS_JOBS_PARTITIONS", "9",
                "RELEVO_KAFKA_PROPERTIES_SECURITY_PROTOCOL", "SASL_SSL",
                "RELEVO_KAFKA_PROPERTIES_MY__OWN", "x"));

    assertThat(settings.node().id()).isEqualTo("from-variable");
    assertThat(settings.node().capacity()).isEqualTo(3);
    assertThat(settings.dispatcher().ackTimeout()).isEqualTo(Duration.ofSeconds(3));
    assertThat(settings.kafka().bootstrapServers()).isEqualTo("a:1,b:2");
    assertThat(settings.kafka().topics().jobsPartitions()).isEqualTo(9);
    assertThat(settings.kafka().properties())
        .isEqualTo(Map.of("security.protocol", "SASL_SSL", "my_own", "x"));
  }

  @Test
  void flagsOverrideTheVariables() throws Exception {
    Path file = Files.writeString(folder.resolve("r.yaml"), "kafka: { bootstrap-servers: a:1 }");
    Settings settings =
        new SettingsLoader()
            .load(
                file,
                Map.of("RELEVO_KAFKA_BOOTSTRAP_SERVERS", "b:2"),
                List.of(new Flag("--bootstrap", "kafka.bootstrap-servers", "c:3")));

    assertThat(settings.kafka().bootstrapServers()).isEqualTo("c:3");
    assertThat(settings.kafka().embedded()).isFalse();
  }

  @Test
  void aWrongFlagIsNamedAsItWasWritten() {
    List<Flag> flags = List.of(new Flag("--bootstrap", "kafka.bootstrap-servers", "nowhere"));

    assertThatThrownBy(() -> new SettingsLoader().load(null, Map.of(), flags))
        .isInstanceOf(SettingsException.class)
        .hasMessageStartingWith("option --bootstrap: kafka.bootstrap-servers: \"nowhere\"");
  }

  @Test
  void choosingTheDefaultBackendIsAChoice() throws Exception {
    Settings unconfigured = load("", Map.of());
    Settings chosen =
        load("node: { backends: [{ name: ollama-local, models: [\"gemma3:4b\"] }] }", Map.of());

    assertThat(chosen).isEqualTo(unconfigured);
    assertThat(unconfigured.node().choosesBackends()).isFalse();
    assertThat(chosen.node().choosesBackends()).isTrue();
  }

  @Test
  void everySettingHasAVariableThatReachesIt() {
    for (SettingPath path : SettingPaths.all()) {
      if (!(path.setting().kind() instanceof Kind.Texts)) {
        assertThat(SettingsProblemsTest.problemsOf(null, Map.of(path.variable(), "\0")))
            .as(path.key())
            .anyMatch(problem ->
                problem.startsWith(
                    "environment variable " + path.variable() + ": " + path.key() + ": "));
      }
    }
  }

  @Test
  void backendsAreReachedByIndex() throws Exception {
    Settings settings =
        load(
            "node:\n  backends:\n    - name: one\n",
            Map.of(
                "RELEVO_NODE_BACKENDS_0_MODELS", "llama3*, gemma3:4b",
                "RELEVO_NODE_BACKENDS_1_TYPE", "openai",
                "RELEVO_NODE_BACKENDS_1_TIMEOUTS_FIRST_TOKEN", "7s"));

    List<BackendSettings> backends = settings.node().backends();
    assertThat(backends).extracting(BackendSettings::name).containsExactly("one", "openai");
    assertThat(backends.get(0).models()).containsExactly("llama3*", "gemma3:4b");
    assertThat(backends.get(1).baseUrl()).isNull();
    assertThat(backends.get(1).timeouts().firstToken()).isEqualTo(Duration.ofSeconds(7));
  }

  @Test
  void elevenBackendsByVariablesComeInTheOrderOfTheirNumbers() {
    Map<String, String> environment = new HashMap<>();
    for (int i = 0; i <= 10; i++) {
      environment.put("RELEVO_NODE_BACKENDS_" + i + "_NAME", "b" + i);
    }

    List<BackendSettings> backends = new SettingsLoader().load(null, environment).node().backends();

    assertThat(backends).hasSize(11);
    assertThat(backends.get(10).name()).isEqualTo("b10");
  }

  @Test
  void otherVariablesAreLeftAlone() {
    Settings settings =
        new SettingsLoader(() -> "n")
            .load(
                null,
                Map.of(
                    "RELEVO_JAVA_OPTS", "-Xmx1g",
                    "RELEVO_TEST_BROKER", "auto",
                    "RELEVO_GATEWAY_PORT", "tcp://10.0.0.1:8484",
                    "RELEVO_GATEWAY_SERVICE_HOST", "10.0.0.1",
                    "RELEVO_GATEWAY_PORT_8484_TCP_ADDR", "10.0.0.1"));

    assertThat(settings).isEqualTo(new SettingsLoader(() -> "n").load(null, Map.of()));
  }

  @Test
  void placeholdersAreReplaced() throws Exception {
    Settings settings =
        load(
            """
            kafka:
              properties: { a: "${SET}-${UNSET:x:y}-$${SET}" }
            node:
              capacity: ${EMPTY:5}
              backends:
                - api-key: ${UNSET:}
                  base-url: ${URL:http://there:1}
            """,
            Map.of("SET", "${UNSET} $1", "EMPTY", ""));

    assertThat(settings.kafka().properties()).containsEntry("a", "${UNSET} $1-x:y-${SET}");
    assertThat(settings.node().capacity()).isEqualTo(5);
    assertThat(settings.node().backends().get(0).apiKey()).isEqualTo(Secret.NONE);
    assertThat(settings.node().backends().get(0).baseUrl()).hasToString("http://there:1");
  }

  @Test
  void anAddressMeansAKafkaThatIsThere() throws Exception {
    assertThat(load("", Map.of()).kafka().embedded()).isTrue();
    KafkaSettings embedded = load("kafka: { bootstrap-servers: embedded }", Map.of()).kafka();
    assertThat(embedded.embedded()).isTrue();
    assertThat(embedded.bootstrapServers()).isEqualTo("localhost:9092");
    KafkaSettings there = load("kafka: { bootstrap-servers: 'localhost:9092' }", Map.of()).kafka();
    assertThat(there.embedded()).isFalse();
    assertThat(load("kafka: { bootstrap-servers: '[::1]:9092' }", Map.of()).kafka().embedded())
        .isFalse();
  }

  @Test
  void kafkaPropertiesMayBeNested() throws Exception {
    assertThat(
            load("kafka: { properties: { ssl: { a: 1, b.c: 2 } } }", Map.of()).kafka().properties())
        .isEqualTo(Map.of("ssl.a", "1", "ssl.b.c", "2"));
  }

  @Test
  void aStrategyOfSomebodyElseIsAccepted() throws Exception {
    assertThat(load("dispatcher: { strategy: cheapest-first }", Map.of()).dispatcher().strategy())
        .isEqualTo("cheapest-first");
  }

  @Test
  void nothingSecretIsPrinted() throws Exception {
    Settings settings =
        load(
            """
            kafka: { properties: { sasl.jaas.config: sesame, ssl.key.password: sesame } }
            node: { backends: [ { api-key: sesame } ] }
            gateway: { api-keys: [sesame] }
            """,
            Map.of());

    assertThat(settings.node().backends().get(0).apiKey().reveal()).isEqualTo("sesame");
    assertThat(settings.toString()).doesNotContain("sesame").contains("sasl.jaas.config", "***");
  }

  @Test
  void settingsCannotBeChanged() {
    Settings settings = Settings.defaults();

    assertThatThrownBy(() -> settings.kafka().properties().put("a", "b"))
        .isInstanceOf(UnsupportedOperationException.class);
    assertThatThrownBy(() -> settings.node().backends().clear())
        .isInstanceOf(UnsupportedOperationException.class);
  }

  @Test
  void aValueMayStandInAFileOfItsOwn() throws Exception {
    Path elsewhere = Files.writeString(folder.resolve("kafka-password"), "pass word\r\n");
    Files.writeString(folder.resolve("key"), "sk-canary-0123456789\n");

    Settings settings =
        load(
            """
            kafka:
              properties:
                sasl.jaas.config: 'module required password="${file:%s}";'
            node:
              backends: [{ type: openai, api-key: "${file:key}" }]
            gateway:
              api-keys: ["${file:key}", other-key]
            """
                .formatted(elsewhere),
            Map.of());

    assertThat(settings.node().backends().getFirst().apiKey().reveal())
        .isEqualTo("sk-canary-0123456789");
    assertThat(settings.kafka().properties())
        .containsEntry("sasl.jaas.config", "module required password=\"pass word\";");
    assertThat(settings.secrets())
        .containsExactlyInAnyOrder(
            "sk-canary-0123456789", "sk-canary-0123456789", "other-key", "pass word");
    assertThat(settings.toString()).doesNotContain("canary", "other-key", "pass word");
  }

  @Test
  void aKeyThatIsANameAsWellIsNoSecret() throws Exception {
    Settings settings = load("node: { backends: [{ type: ollama, api-key: ollama }] }", Map.of());

    assertThat(settings.secrets()).isEmpty();
  }
}
