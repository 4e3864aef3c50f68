package dev.relevo.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.common.config.SettingsLoader;
import dev.relevo.common.protocol.NodeBeat;
import dev.relevo.common.protocol.TopicNames;
import dev.relevo.operator.FleetReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The team of a running node changes, by its file and from anywhere, with real processes. */
@Timeout(600)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class BackendsIT {
  private final TimeTable times = new TimeTable("a change of backends is in the beats", 2_000);
  private Path file;
  private ProcessHouse house;
  private RelevoProcess node;
  private FleetReader beats;

  @BeforeAll
  void start(@TempDir Path folder) throws Exception {
    file = folder.resolve("attic.yaml");
    house = new ProcessHouse(folder);
    RelevoProcess dispatcher = house.dispatcher();
    node = house.node("attic", yaml(echo("first", "one-slow")));
    dispatcher.ready();
    node.ready();
    beats =
        new FleetReader(
            KafkaDoor.clients(
                new SettingsLoader()
                    .load(null, Map.of("RELEVO_KAFKA_BOOTSTRAP_SERVERS", house.kafka()))
                    .kafka()),
            new TopicNames("relevo"),
            InstantSource.system());
    beats.read(FleetReader.FEW_BEATS);
  }

  @AfterAll
  void stop() {
    beats.close();
    house.close();
    times.print();
  }

  private static String yaml(String... backends) {
    return "node:\n  id: attic\n  heartbeat-interval: 1s\n  backends:\n"
        + String.join("", backends);
  }

  private static String echo(String name, String model) {
    return "    - { name: %s, type: echo, models: [%s] }\n".formatted(name, model);
  }

  /** Replaces the file as editors do. */
  private void write(String yaml) throws Exception {
    Path draft = Files.writeString(file.resolveSibling("attic.yaml.draft"), yaml);
    Files.move(draft, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
  }

  private void awaitBackends(String row, Predicate<List<NodeBeat.Backend>> wanted) {
    long beganNanos = System.nanoTime();
    while (beats.next(Duration.ofMillis(20)).live().stream()
        .noneMatch(live -> wanted.test(live.beat().backends()))) {
      assertThat(node.isAlive()).as(node.everything()).isTrue();
    }
    times.add(row, TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - beganNanos));
  }

  private static boolean serves(List<NodeBeat.Backend> backends, String model) {
    return backends.stream()
        .anyMatch(
            backend -> backend.serves(model) && backend.health() == NodeBeat.Health.AVAILABLE);
  }

  private String answer(String model) throws Exception {
    RelevoProcess submit = house.tool("submit", "-m", model, "Tell me a story");
    assertThat(submit.exitCode()).as(submit.err()).isZero();
    return submit.out();
  }

  @Test
  void theFileAndOrdersChangeTheTeamOfARunningNode() throws Exception {
    // Some fifteen words, a tenth of a second each.
    RelevoProcess slow = house.tool("submit", "-m", "one-slow", "--json", "Tell me a long story");
    slow.line("{\"type\":\"chunk\"");

    write(yaml(echo("second", "two")));

    awaitBackends(
        "the file: one comes, one goes",
        backends -> serves(backends, "two") && backends.size() == 1);
    assertThat(answer("two")).endsWith("Tell me a story");
    assertThat(slow.exitCode()).as(slow.err()).isZero();
    assertThat(slow.out()).contains("\"backend\":\"first\"");
    node.errLineWith("was changed: backend second is added, backend first is removed");

    write(yaml("    - { name: second, type: ehco }\n"));
    node.errLineWith("attic.yaml:5: node.backends[0].type: there is no adapter \"ehco\"");
    assertThat(node.err()).contains("(did you mean echo?)");
    assertThat(answer("two")).endsWith("Tell me a story");

    addAndRemoveByOrder();
  }

  private void addAndRemoveByOrder() throws Exception {
    RelevoProcess add =
        house.tool("backend", "add", "third", "--type", "echo", "--models", "three");
    assertThat(add.exitCode()).as(add.everything()).isZero();
    assertThat(add.out())
        .isEqualTo("Node attic has backend third, which is available, with three.");
    assertThat(answer("three")).endsWith("Tell me a story");
    RelevoProcess list = house.tool("backend", "list");
    assertThat(list.exitCode()).isZero();
    assertThat(list.out()).containsPattern("attic +second +echo +available +closed +10 +two");

    RelevoProcess refused =
        house.tool("backend", "add", "fourth", "--type", "echo", "--key-env", "NOBODY_SET_IT");
    assertThat(refused.exitCode()).isEqualTo(ExitCode.FAILED);
    assertThat(refused.err())
        .contains("Node attic did not: ", "the environment variable NOBODY_SET_IT is not set");

    RelevoProcess remove = house.tool("backend", "remove", "third", "--node", "attic");
    assertThat(remove.exitCode()).as(remove.everything()).isZero();
    assertThat(remove.out()).isEqualTo("Node attic has no backend third any more.");
    awaitBackends("an order: one goes", backends -> !serves(backends, "three"));
    RelevoProcess nodes = house.tool("nodes");
    assertThat(nodes.exitCode()).isZero();
    assertThat(nodes.out()).contains("second").doesNotContain("third");
  }
}
