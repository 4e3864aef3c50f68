package dev.relevo.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.common.protocol.ControlRecord;
import dev.relevo.common.protocol.MessageCodec;
import dev.relevo.common.protocol.NodeBeat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** {@code backend} on a real Kafka; the test is the node. */
@Timeout(120)
class BackendToolsTest extends DeadOnKafka {

  private static NodeBeat.Backend backend(String name) {
    return new NodeBeat.Backend(
        name, "echo", List.of("m"), 10, 1, NodeBeat.Health.AVAILABLE, "CLOSED", null, null);
  }

  private void beat(List<NodeBeat.Backend> backends, NodeBeat.Order... orders) {
    NodeBeat beat =
        new NodeBeat(
            "attic",
            "i1",
            1,
            0,
            NodeBeat.State.READY,
            8,
            60_000,
            Map.of(),
            backends,
            List.of(orders));
    write(List.of(new ProducerRecord<>(names.heartbeats(), 0, "attic", MessageCodec.encode(beat))));
  }

  private List<ControlRecord> control() {
    return all(names.control()).stream()
        .map(record -> MessageCodec.decode(ControlRecord.class, record.value()))
        .toList();
  }

  @Test
  void addTellsWhatBecameOfIt() {
    beat(List.of(backend("local")));
    TestTerminal terminal = terminal();
    CompletableFuture<Integer> exitCode =
        CompletableFuture.supplyAsync(() ->
            terminal.run(
                "backend",
                "add",
                "cloud",
                "--type",
                "openai",
                "--key-env",
                "CLOUD_KEY",
                "--models",
                "m,n",
                "--set",
                "timeouts.idle=3s",
                "--node",
                "attic"));
    long offset = await(names.control(), record -> "cloud".equals(record.key())).offset();
    beat(List.of(backend("local"), backend("cloud")), new NodeBeat.Order(offset, true, null));

    assertThat(exitCode.join()).as(terminal.err()).isEqualTo(ExitCode.DONE);

    assertThat(terminal.out())
        .isEqualTo("Node attic has backend cloud, which is available, with m.\n");
    assertThat(control())
        .containsExactly(
            new ControlRecord.BackendAdd(
                "attic",
                "cloud",
                Map.of(
                    "type", "openai",
                    "api-key", "${CLOUD_KEY}",
                    "models", "m,n",
                    "timeouts.idle", "3s")));
    assertThat(printed("backend", "list").lines()).hasSize(3);
    assertThat(printed("backend", "list", "--json", "--node", "attic").lines()).hasSize(2);
  }

  @Test
  void aRefusalIsToldAndFails() {
    beat(List.of(backend("local")));
    TestTerminal terminal = terminal();
    CompletableFuture<Integer> exitCode =
        CompletableFuture.supplyAsync(() -> terminal.run("backend", "remove", "local"));
    long offset = await(names.control(), record -> "local".equals(record.key())).offset();
    beat(List.of(backend("local")), new NodeBeat.Order(offset, false, "it is loved"));

    assertThat(exitCode.join()).isEqualTo(ExitCode.FAILED);
    assertThat(terminal.err()).isEqualTo("Node attic did not: it is loved.\n");
    assertThat(control()).containsExactly(new ControlRecord.BackendRemove(null, "local"));
  }

  @Test
  void whatMakesNoSenseIsNotEvenOrdered() {
    TestTerminal nobody = terminal();
    assertThat(nobody.run("backend", "add", "cloud")).isEqualTo(ExitCode.FAILED);
    assertThat(nobody.err()).startsWith("No node is there");
    beat(List.of(backend("local")));

    TestTerminal taken = terminal();
    assertThat(taken.run("backend", "add", "local")).isEqualTo(ExitCode.FAILED);
    assertThat(taken.err()).contains("backend local already on attic", "--replace");
    TestTerminal unknown = terminal();
    assertThat(unknown.run("backend", "remove", "cloud")).isEqualTo(ExitCode.FAILED);
    assertThat(unknown.err()).contains("has no backend cloud; there are: local.");
    TestTerminal elsewhere = terminal();
    assertThat(elsewhere.run("backend", "list", "--node", "cellar")).isEqualTo(ExitCode.FAILED);
    assertThat(elsewhere.err()).contains("those that beat: attic");

    assertThat(control()).isEmpty();
  }

  @Test
  void aKeyIsNeverSentNorShown() {
    for (String[] option :
        List.of(
            new String[] {"--api-key", "sk-0123"},
            new String[] {"--set", "api-key=sk-0123"},
            new String[] {"--key-env", "sk-0123"})) {
      TestTerminal terminal = terminal();

      assertThat(terminal.run("backend", "add", "cloud", option[0], option[1]))
          .isEqualTo(ExitCode.WRONG_USE);

      assertThat(terminal.err()).contains("key").doesNotContain("sk-0123");
    }
    assertThat(control()).isEmpty();
  }
}
