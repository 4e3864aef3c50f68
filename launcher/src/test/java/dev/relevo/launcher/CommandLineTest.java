package dev.relevo.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

class CommandLineTest {
  private final TestTerminal terminal = new TestTerminal();

  static Stream<String> commands() {
    CommandLine root = Relevo.commandLine(new Relevo(), new TestTerminal().terminal());
    return Stream.concat(Stream.of(""), below(root, ""));
  }

  private static Stream<String> below(CommandLine parent, String path) {
    return parent.getSubcommands().entrySet().stream()
        .flatMap(child -> {
          String name = (path + " " + child.getKey()).strip();
          return Stream.concat(Stream.of(name), below(child.getValue(), name));
        });
  }

  private int run(String line) {
    return terminal.run(
        Arrays.stream(line.split(" ")).filter(word -> !word.isEmpty()).toArray(String[]::new));
  }

  @Test
  void allCommandsAreThere() {
    assertThat(commands())
        .contains(
            "up",
            "broker",
            "dispatcher",
            "node",
            "submit",
            "follow",
            "cancel",
            "jobs",
            "drain",
            "backend list",
            "backend add",
            "backend remove",
            "pause",
            "resume",
            "nodes",
            "dead list",
            "dead show",
            "dead replay",
            "dead purge",
            "topics create",
            "topics check",
            "bench",
            "completion");
  }

  @ParameterizedTest
  @MethodSource("commands")
  void everyHelpShowsAnExample(String command) {
    assertThat(run(command + " --help")).isEqualTo(ExitCode.DONE);
    assertThat(terminal.out())
        .contains("Usage: relevo " + command)
        .contains("Example:\n  ")
        .contains("./relevo " + (command.isEmpty() ? "up" : command));
    assertThat(terminal.err()).isEmpty();
  }

  @Test
  void theFlagsOfTheInterfaceAreAccepted() {
    CommandLine root = Relevo.commandLine(new Relevo(), terminal.terminal());
    List<String> lines =
        List.of(
            "up -c relevo.yaml --data d --port 1 --kafka-port 2 --nodes 3",
            "broker --data d --kafka-port 2",
            "dispatcher -c relevo.yaml --bootstrap h:1",
            "node -c relevo.yaml --bootstrap h:1 --port 0",
            "submit -m a --system s --fallback b --fallback c --lane batch --detach --json hello",
            "submit -c relevo.yaml --bootstrap h:1 -",
            "submit --file a.jsonl --out b.jsonl --in-flight 8 --retry-failed -m m --lane jobs",
            "follow --json job",
            "cancel job",
            "cancel --no-wait one two three",
            "jobs --state running --state PARKED --model llama3* --limit 5 --json",
            "jobs -c relevo.yaml --bootstrap h:1 job",
            "pause batch --bootstrap h:1",
            "resume jobs -c relevo.yaml",
            "drain attic",
            "drain --no-wait attic",
            "backend list --node attic --json",
            "backend add cloud --type openai --base-url http://h:1 --models a,b --priority 50"
                + " --key-env CLOUD_KEY --set timeouts.idle=3s --node attic --replace --no-wait",
            "backend add cloud --key-file /run/secrets/cloud --bootstrap h:1 --json",
            "backend remove cloud --node attic --json",
            "nodes --watch",
            "dead list --since 1d --model m --error node_lost --tenant t --json",
            "dead show --json job",
            "dead replay a b --to-model m --rate 10/s --dry-run",
            "dead purge --yes --bootstrap h:1",
            "topics create --inbox shop",
            "topics check --bootstrap h:1",
            "bench --bootstrap h:1 --rounds 1 --requests 2 --jobs 3 --in-flight 4",
            "completion zsh");
    for (String line : lines) {
      assertThat(root.parseArgs(line.split(" ")).errors()).as(line).isEmpty();
    }
  }

  @Test
  void tellsTheVersion() {
    assertThat(terminal.run("--version")).isEqualTo(ExitCode.DONE);
    assertThat(terminal.out()).startsWith("relevo ").contains("Java 25");
  }

  @Test
  void anUnknownCommandIsWrongUseAndGetsASuggestion() {
    assertThat(terminal.run("upp")).isEqualTo(ExitCode.WRONG_USE);
    assertThat(terminal.err()).contains("'upp'").contains("Did you mean: up?");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "topics",
        "submit",
        "submit --file no-such-file.jsonl",
        "submit --file no-such-file.jsonl --out a.jsonl",
        "submit --file . --out a.jsonl",
        "submit --file pom.xml --out pom.xml",
        "submit --file pom.xml --out a.jsonl --in-flight 0",
        "submit --file pom.xml --out a.jsonl hello",
        "submit --file pom.xml --out a.jsonl --json",
        "submit --file - --out - --retry-failed",
        "submit --out a.jsonl hello",
        "follow",
        "cancel",
        "jobs --state late",
        "jobs --limit -1",
        "pause",
        "resume fast",
        "drain",
        "completion fish",
        "nodes --wach",
        "dead",
        "dead show",
        "dead list --since yesterday",
        "dead replay --rate fast",
        "dead purge",
        "backend",
        "backend add",
        "backend remove",
        "backend add cloud --prio 3",
        "backend add cloud --priority high",
        "backend add cl/oud",
        "backend add cloud --set typ=openai",
        "backend add cloud --key-env sk-0123",
        "backend add cloud --api-key sk-0123",
        "backend add cloud --set api-key=sk-0123"
      })
  void wrongUseIsToldWithoutAStackTrace(String line) {
    assertThat(run(line)).isEqualTo(ExitCode.WRONG_USE);
    assertThat(terminal.err()).isNotBlank().doesNotContain("\tat ");
    assertThat(terminal.out()).isEmpty();
  }

  @Test
  void anUnknownLaneIsToldWithThoseThereAre() {
    assertThat(terminal.run("submit", "--lane", "fast", "hello")).isEqualTo(ExitCode.WRONG_USE);
    assertThat(terminal.err()).contains("'fast' is no lane; there are jobs and batch");
  }

  @Test
  void anEmptyStandardInputIsNoPrompt() {
    assertThat(terminal.typing(" \n").run("submit", "-")).isEqualTo(ExitCode.WRONG_USE);
    assertThat(terminal.err()).startsWith("Standard input has no prompt");
  }

  @ParameterizedTest
  @ValueSource(strings = {"bash", "zsh"})
  void theCompletionKnowsCommandsAndOptions(String shell) {
    assertThat(terminal.run("completion", shell)).isEqualTo(ExitCode.DONE);
    assertThat(terminal.out())
        .contains(
            "submit",
            "dispatcher",
            "--bootstrap",
            "--fallback",
            "--kafka-port",
            "batch",
            "replay",
            "--to-model",
            "resume",
            "--no-wait",
            "parked");
  }
}
