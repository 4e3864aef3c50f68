package dev.relevo.common.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SettingsProblemsTest {
  @TempDir Path folder;

  static List<String> problemsOf(Path file, Map<String, String> environment) {
    SettingsException failure =
        catchThrowableOfType(
            SettingsException.class, () -> new SettingsLoader().load(file, environment));
    assertThat(failure).as("the settings were accepted").isNotNull();
    String folder = file == null ? "" : file.getParent() + "/";
    return failure.problems().stream().map(problem -> problem.replace(folder, "")).toList();
  }

  private List<String> problems(String yaml) throws Exception {
    return problems(yaml, Map.of());
  }

  private List<String> problems(String yaml, Map<String, String> environment) throws Exception {
    return problemsOf(Files.writeString(folder.resolve("r.yaml"), yaml), environment);
  }

  @Test
  void everyProblemIsToldAtOnceInTheOrderOfTheFile() throws Exception {
    assertThat(
            problems(
                """
                kafka:
                  topics: { slots: many, prefx: mine }
                dispatcher:
                  ack-timeout: 2
                  window-bytes: 256MB
                  retry:
                    initial-backoff: 40s
                node:
                  capacity: 0
                  strategy: local-frist
                  backends:
                    - name: one
                      api-kye: x
                    - name: one
                      timeouts: { first-token: 20m }
                gateway:
                  reply-mode: inbx
                clients: {}
                """,
                Map.of("RELEVO_NODE_CAPACTY", "3")))
        .containsExactly(
            "r.yaml:2: kafka.topics.prefx: there is no such setting"
                + " (did you mean kafka.topics.prefix?)",
            "r.yaml:2: kafka.topics.slots: \"many\" is not a whole number from 1 to 10000",
            "r.yaml:4: dispatcher.ack-timeout: \"2\" is not a duration from 10ms to 5m,"
                + " written like 500ms, 2s, 15m, 24h or 7d (did you mean 2s?)",
            "r.yaml:5: dispatcher.window-bytes: \"256MB\" is not a size from 1MiB to 64GiB,"
                + " written like 65536, 8KiB, 256MiB or 1GiB (did you mean 256MiB?)",
            "r.yaml:7: dispatcher.retry.initial-backoff: 40s is longer than max-backoff (30s)",
            "r.yaml:9: node.capacity: \"0\" is not a whole number from 1 to 100000",
            "r.yaml:10: node.strategy: \"local-frist\" is not the name of a strategy"
                + " (did you mean local-first?)",
            "r.yaml:13: node.backends[0].api-kye: there is no such setting"
                + " (did you mean node.backends[0].api-key?)",
            "r.yaml:15: node.backends[1].timeouts.first-token: 20m is longer than total (15m)",
            "r.yaml:17: gateway.reply-mode: \"inbx\" is not one of inbox, topic-per-request"
                + " (did you mean inbox?)",
            "r.yaml:18: clients: there is no such setting (did you mean client?)",
            "environment variable RELEVO_NODE_CAPACTY: there is no such setting"
                + " (did you mean RELEVO_NODE_CAPACITY?)");
  }

  @Test
  void aKeyInTheWrongPlaceIsSentHome() throws Exception {
    assertThat(problems("node:\n  ack-timeout: 2s\n"))
        .containsExactly(
            "r.yaml:2: node.ack-timeout: there is no such setting"
                + " (did you mean dispatcher.ack-timeout?)");
  }

  @Test
  void aKeyUnlikeAnyOtherGetsNoSuggestion() throws Exception {
    assertThat(problems("teapot: 1\n"))
        .containsExactly("r.yaml:1: teapot: there is no such setting");
  }

  @Test
  void aKeyThatStandsTwiceIsRefused() throws Exception {
    assertThat(problems("node:\n  capacity: 1\n  capacity: 2\n"))
        .containsExactly("r.yaml:3: capacity stands here twice, first at r.yaml:2");
  }

  @Test
  void backendsNeedDifferentNames() throws Exception {
    assertThat(problems("node:\n  backends:\n    - type: echo\n    - type: echo\n"))
        .containsExactly(
            "r.yaml:3: node.backends: the name echo is given to more than one backend");
  }

  @Test
  void elementsAreCountedAlsoAfterABrokenOne() throws Exception {
    assertThat(
            problems(
                "node:\n  backends:\n    - { retry: { max-backoff: 1ms } }\n    - weight: x\n"))
        .containsExactly(
            "r.yaml:3: node.backends[0].retry.initial-backoff: 500ms is longer than max-backoff"
                + " (1ms)",
            "r.yaml:4: node.backends[1].weight: \"x\" is not a whole number from 1 to 1000000");
  }

  @Test
  void aGatewayForEverybodyNeedsKeys() throws Exception {
    assertThat(problems("gateway:\n  port: 80\n  host: 0.0.0.0\n"))
        .containsExactly(
            "r.yaml:3: gateway.host: \"0.0.0.0\" is not a loopback address and gateway.api-keys is"
                + " empty, so everybody could use it; set api-keys, or host to 127.0.0.1");
    assertThat(
            new SettingsLoader()
                .load(null, Map.of("RELEVO_GATEWAY_HOST", "::", "RELEVO_GATEWAY_API_KEYS", "a, b"))
                .gateway()
                .apiKeys())
        .extracting(ApiKeySettings::key)
        .containsExactly(new Secret("a"), new Secret("b"));
  }

  @ParameterizedTest
  @CsvSource({"localhost", "127.0.0.1", "127.1.2.3", "::1", "[::1]"})
  void loopbackNeedsNoKeys(String host) {
    assertThat(
            new SettingsLoader().load(null, Map.of("RELEVO_GATEWAY_HOST", host)).gateway().host())
        .isEqualTo(host);
  }

  @Test
  void otherCrossChecksNameBothSides() throws Exception {
    assertThat(
            problems(
                """
                dispatcher: { commit-interval: 5s }
                node: { health-check: { interval: 1s } }
                kafka: { properties: { bootstrap.servers: x } }
                """))
        .containsExactly(
            "r.yaml:1: dispatcher.commit-interval: 5s is not shorter than session-timeout (6s)"
                + " less a second",
            "r.yaml:2: node.health-check.timeout: 5s is longer than interval (1s)",
            "r.yaml:3: kafka.properties: bootstrap.servers does not belong here,"
                + " set kafka.bootstrap-servers");
  }

  @Test
  void wrongShapesAreNamed() throws Exception {
    assertThat(problems("kafka: here\nnode:\n  capacity: [1]\n  backends: ollama\ngateway: [1]\n"))
        .containsExactly(
            "r.yaml:1: kafka: a single value is not a group of keys",
            "r.yaml:3: node.capacity: a list is not a whole number from 1 to 100000",
            "r.yaml:4: node.backends: a single value is not a list; begin each element with a dash",
            "r.yaml:5: gateway: a list is not a group of keys");
    assertThat(problems("- 1\n"))
        .containsExactly("r.yaml:1: a list is not a group of keys such as kafka: or node:");
  }

  @Test
  void unsetVariablesAreNamedWithTheirLine() throws Exception {
    assertThat(problems("node:\n  id: ${NODE_NAME}\n", Map.of()))
        .containsExactly(
            "r.yaml:2: the environment variable NODE_NAME is not set; set it, or write a default:"
                + " ${NODE_NAME:default}",
            "r.yaml:2: node.id: \"${NODE_NAME}\" is not a name of up to 100 letters, digits, dots,"
                + " dashes and underscores");
  }

  @Test
  void secretsAreNotRepeated() throws Exception {
    assertThat(
            problems(
                """
                node:
                  backends:
                    - api-key: "sesame\\nopen"
                      base-url: http://me:sesame@host
                """))
        .containsExactly(
            "r.yaml:3: node.backends[0].api-key: the value is not a text without line breaks",
            "r.yaml:4: node.backends[0].base-url: the value is not an http:// or https:// address"
                + " without a user name or query");
  }

  @Test
  void brokenYamlIsToldWithItsLine() throws Exception {
    assertThat(problems("node:\n  capacity: {\n")).hasSize(1);
    assertThat(problems("node:\n\tcapacity: 1\n").get(0))
        .startsWith("r.yaml:2: this is not YAML: ")
        .doesNotContain("\n");
    assertThat(problems("a: &x\n  - *x\n").get(0)).contains("nested more than 16 levels deep");
    assertThat(problems("node: {}\n---\nnode: {}\n").get(0)).startsWith("r.yaml:2: this is not");
  }

  @Test
  void filesThatCannotBeReadAreOneProblem() throws Exception {
    assertThat(problemsOf(folder.resolve("none.yaml"), Map.of()))
        .containsExactly("none.yaml: there is no such file");
    assertThat(problemsOf(Files.createDirectory(folder.resolve("d")), Map.of()))
        .containsExactly("d: is a folder, expected a YAML file");
    Path binary = Files.write(folder.resolve("b"), new byte[] {(byte) 0xff, 1, 2});
    assertThat(problemsOf(binary, Map.of())).containsExactly("b: is not a text file in UTF-8");
    Path large = Files.write(folder.resolve("l"), new byte[2 << 20]);
    assertThat(problemsOf(large, Map.of()))
        .containsExactly("l: is larger than 1MiB, expected a YAML file with settings");
  }

  @Test
  void variablesAreCheckedLikeTheFile() {
    assertThat(
            problemsOf(
                null,
                Map.of(
                    "RELEVO_KAFKA_TOPICS_JOBS_PARTITIONS", "0",
                    "RELEVO_KAFKA_TOPICS", "x",
                    "RELEVO_NODE_BACKENDS_1_NAME", "second",
                    "RELEVO_DISPATCHER_RETRY_MAX_BACKOFF", "1ms")))
        .containsExactly(
            "environment variable RELEVO_KAFKA_TOPICS: there is no such setting",
            "environment variable RELEVO_NODE_BACKENDS_1_NAME: there is no element 1;"
                + " the next one would be 0",
            "environment variable RELEVO_KAFKA_TOPICS_JOBS_PARTITIONS:"
                + " kafka.topics.jobs-partitions: \"0\" is not a whole number from 1 to 10000",
            "environment variable RELEVO_DISPATCHER_RETRY_MAX_BACKOFF:"
                + " dispatcher.retry.initial-backoff: 1s is longer than max-backoff (1ms)");
  }

  @Test
  void constructorsNameKeyValueAndExpectation() {
    assertThatThrownBy(() -> new RetrySettings(0, Duration.ofSeconds(2), Duration.ofSeconds(1)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "retry.max-attempts: \"0\" is not a whole number from 1 to 100;"
                + " retry.initial-backoff: 2s is longer than max-backoff (1s)");
    assertThatThrownBy(() -> new TopicSettings("a b", 1, 1, 1, 1))
        .hasMessageStartingWith("topics.prefix: \"a b\" is not a name of up to 100 letters");
  }

  @Test
  void weightsOfTenantsAreWholeNumbersUpToAThousand() throws Exception {
    String expected = " is not a whole number from 1 to 1000";

    assertThat(
            problems(
                """
                dispatcher:
                  tenants:
                    acme: 0
                    beta: much
                    gamma: 3
                """))
        .containsExactly(
            "r.yaml:3: dispatcher.tenants.acme: \"0\"" + expected,
            "r.yaml:4: dispatcher.tenants.beta: \"much\"" + expected);
    assertThat(problems("", Map.of("RELEVO_DISPATCHER_TENANTS", "acme=1001, beta")))
        .containsExactly(
            "environment variable RELEVO_DISPATCHER_TENANTS: dispatcher.tenants.acme: \"1001\""
                + expected,
            "environment variable RELEVO_DISPATCHER_TENANTS: dispatcher.tenants: \"beta\" is not"
                + " written as name=number");
    assertThat(problems("dispatcher: { tenants: [acme] }")).hasSize(1);
  }

  @Test
  void weightsOfTenantsMayStandInTheFileOrInAVariable() throws Exception {
    Path file = Files.writeString(folder.resolve("t.yaml"), "dispatcher: { tenants: { acme: 3 } }");

    assertThat(new SettingsLoader().load(file, Map.of()).dispatcher().tenants())
        .isEqualTo(Map.of("acme", 3));
    assertThat(
            new SettingsLoader()
                .load(null, Map.of("RELEVO_DISPATCHER_TENANTS", "acme=3, b=2,"))
                .dispatcher()
                .tenants())
        .isEqualTo(Map.of("acme", 3, "b", 2));
  }

  @Test
  void whatAVariableHoldsIsNeverShown() throws Exception {
    String key = "sk-canary-0123456789";

    List<String> problems =
        problems(
            """
            dispatcher:
              tenants: ${KEY}
            node:
              capacity: ${KEY}
              id: "in ${KEY}"
              backends:
                - models: "one two,${KEY}"
                  base-url: ${KEY}
                  priority: ${KEY}
                  api-key: "${KEY}\\n"
            gateway:
              reply-mode: ${MODE}
            """,
            Map.of("KEY", key, "MODE", "inbx"));

    assertThat(problems)
        .contains(
            "r.yaml:2: dispatcher.tenants: \"${KEY}\" is not written as name=number",
            "r.yaml:4: node.capacity: \"${KEY}\" is not a whole number from 1 to 100000",
            "r.yaml:12: gateway.reply-mode: \"${MODE}\" is not one of inbox, topic-per-request")
        .hasSize(8)
        .noneMatch(problem -> problem.contains(key));
  }

  @Test
  void aKeyThatLooksLikeAnAliasIsNotShown() throws Exception {
    assertThat(problems("node:\n  id: *canary\n"))
        .containsExactly(
            "r.yaml:2: this is not YAML: found an alias that stands for nothing; put a text that"
                + " begins with * into quotes");
  }

  @Test
  void eachWayInWhichAFileWithAValueCanBeWrongIsTold() throws Exception {
    Files.createDirectory(folder.resolve("dir"));
    Files.writeString(folder.resolve("empty"), "\n\n");
    Files.write(folder.resolve("binary"), new byte[] {(byte) 0xff, (byte) 0xfe});
    Files.writeString(folder.resolve("large"), "x".repeat(ValueFile.MAX_BYTES + 1));
    Files.writeString(folder.resolve("lines"), "canary\nline");

    assertThat(
            problems(
                """
                node:
                  backends:
                    - { name: a, api-key: "${file:absent}" }
                    - { name: b, api-key: "${file:dir}" }
                    - { name: c, api-key: "${file:empty}" }
                    - { name: d, api-key: "${file:binary}" }
                    - { name: e, api-key: "${file:large}" }
                    - { name: f, api-key: "${file:lines}" }
                    - { name: g, api-key: "${file:}" }
                """))
        .containsExactly(
            "r.yaml:3: the file absent does not exist",
            "r.yaml:4: the file dir is a folder, expected a file with the value",
            "r.yaml:5: the file empty is empty, expected a file with the value",
            "r.yaml:6: the file binary is not a text file in UTF-8",
            "r.yaml:7: the file large is larger than 64KiB, expected a file with nothing but the"
                + " value",
            "r.yaml:8: node.backends[5].api-key: the value is not a text without line breaks",
            "r.yaml:9: after ${file: the path of a file and } are expected");
  }
}
