package dev.relevo.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a user sees of a mistake, from the command line to the exit code. */
class ProblemReportTest {
  @TempDir Path folder;
  private final TestTerminal terminal = new TestTerminal();

  private String nobody() throws IOException {
    return "127.0.0.1:" + FreePort.next();
  }

  @ParameterizedTest
  @ValueSource(strings = {"nodes", "submit hello", "follow job", "cancel job", "topics check"})
  void anUnreachableKafkaIsOneSentence(String line) throws Exception {
    String address = nobody();

    assertThat(terminal.run((line + " --bootstrap " + address).split(" ")))
        .isEqualTo(ExitCode.WRONG_USE);

    assertThat(terminal.err().lines())
        .singleElement()
        .asString()
        .startsWith("Nobody answers at " + address)
        .contains("./relevo up")
        .contains("--bootstrap");
    assertThat(terminal.out()).isEmpty();
  }

  @Test
  void aHostThatDoesNotExistIsNamed() {
    assertThat(terminal.run("nodes", "--bootstrap", "no-such-host.invalid:9092"))
        .isEqualTo(ExitCode.WRONG_USE);
    assertThat(terminal.err()).contains("the host name no-such-host.invalid cannot be found");
  }

  @ParameterizedTest
  @ValueSource(strings = {"up", "node", "dispatcher", "submit hello", "nodes"})
  void wrongSettingsAreToldAllAtOnce(String line) throws Exception {
    Path file = folder.resolve("relevo.yaml");
    Files.writeString(file, "node:\n  capcity: 3\ndispatcher:\n  ack-timeout: 2 s\n");

    assertThat(terminal.run((line + " -c " + file).split(" "))).isEqualTo(ExitCode.WRONG_USE);

    assertThat(terminal.err().lines())
        .hasSize(2)
        .anySatisfy(problem ->
            assertThat(problem)
                .startsWith(file + ":2: node.capcity")
                .contains("did you mean node.capacity?"))
        .anySatisfy(problem -> assertThat(problem).startsWith(file + ":4: dispatcher.ack-timeout"));
  }

  @Test
  void aFileThatIsNotThereIsToldByName() {
    assertThat(terminal.run("up", "-c", "nowhere.yaml")).isEqualTo(ExitCode.WRONG_USE);
    assertThat(terminal.err()).contains("nowhere.yaml");
  }

  @Test
  void aWrongAddressNamesItsOption() {
    assertThat(terminal.run("nodes", "--bootstrap", "nowhere")).isEqualTo(ExitCode.WRONG_USE);
    assertThat(terminal.err()).startsWith("option --bootstrap: kafka.bootstrap-servers");
  }

  @Test
  void aBusyHttpPortNamesItsOption() throws Exception {
    HttpServer other =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 1);
    int port = other.getAddress().getPort();
    try {
      String data = folder.resolve("data").toString();
      assertThat(terminal.run("up", "--data", data, "--port", Integer.toString(port)))
          .isEqualTo(ExitCode.WRONG_USE);
    } finally {
      other.stop(0);
    }
    assertThat(terminal.err().lines())
        .singleElement()
        .asString()
        .startsWith("Port " + port + " on 127.0.0.1 cannot be used")
        .contains("--port");
    assertThat(folder.resolve("data")).doesNotExist();
  }

  @Test
  void aMissingCertificateIsNoTroubleWithThePort() throws Exception {
    Path file = folder.resolve("relevo.yaml");
    Files.writeString(file, "gateway: { tls: { certificate: no.pem, private-key: no.key } }\n");

    assertThat(terminal.run("gateway", "-c", file.toString())).isEqualTo(ExitCode.WRONG_USE);
    assertThat(terminal.err().lines())
        .singleElement()
        .asString()
        .startsWith("gateway.tls.certificate: the file no.pem does not exist")
        .doesNotContain("--port");
  }

  @Test
  void aBusyKafkaPortIsOneSentence() throws Exception {
    try (ServerSocket other = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      String port = Integer.toString(other.getLocalPort());
      String data = folder.resolve("data").toString();

      assertThat(terminal.run("broker", "--data", data, "--kafka-port", port))
          .isEqualTo(ExitCode.WRONG_USE);

      assertThat(terminal.err().lines()).singleElement().asString().contains(port);
    }
  }

  @Test
  void aMistypedStrategyGetsASuggestion() throws Exception {
    Path file = folder.resolve("relevo.yaml");
    Files.writeString(file, "dispatcher: { strategy: roundrobin }\n");

    assertThat(terminal.run("up", "-c", file.toString())).isEqualTo(ExitCode.WRONG_USE);
    assertThat(terminal.err()).contains("roundrobin").contains("round-robin");
  }

  @Test
  void portsAreHeldToTheirRange() {
    assertThat(terminal.run("broker", "--kafka-port", "70000")).isEqualTo(ExitCode.WRONG_USE);
    assertThat(terminal.err()).startsWith("--kafka-port is 70000, expected 0 to 65535");
  }

  @Test
  void aKafkaPortBesideAConfiguredKafkaIsAContradiction() {
    assertThat(terminal.run("up", "--kafka-port", "1", "--bootstrap", "h:1"))
        .isEqualTo(ExitCode.WRONG_USE);
    assertThat(terminal.err()).startsWith("--kafka-port is for a Kafka started here");
  }

  @Test
  void stackTracesAreForThoseWhoAsk() throws Exception {
    String address = nobody();

    terminal.run("nodes", "--stacktrace", "--bootstrap", address);

    assertThat(terminal.err()).startsWith("Nobody answers").contains("\tat ");
  }

  @Test
  void aVariableAsksForStackTracesAsWell() throws Exception {
    String address = nobody();

    terminal.with("RELEVO_STACKTRACE", "1").run("nodes", "--bootstrap", address);

    assertThat(terminal.err()).contains("\tat ");
  }
}
