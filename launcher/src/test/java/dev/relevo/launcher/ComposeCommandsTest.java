package dev.relevo.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.common.supervision.Part;
import dev.relevo.common.supervision.Supervisor;
import dev.relevo.launcher.ComposeFile.Service;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;

/** Holds the commands and health checks of docker-compose.yml to the launcher. */
class ComposeCommandsTest {
  private static final Part PART = Supervisor.uncounted("test").part("health server");

  private static final long HEALTH_SECONDS = 20;

  static List<Service> roles() throws IOException {
    return ComposeTest.roles();
  }

  @ParameterizedTest
  @MethodSource("roles")
  void aRolesCommandExistsAndTakesItsFlags(Service role) {
    CommandLine relevo = Relevo.commandLine(new Relevo(), Terminal.ofProcess());
    String[] command = role.texts("command").toArray(String[]::new);

    CommandLine.ParseResult parsed = relevo.parseArgs(command);

    assertThat(parsed.hasSubcommand()).isTrue();
    assertThat(role.name()).startsWith(parsed.subcommand().commandSpec().name() + "-");
    assertThat(parsed.subcommand().commandSpec().userObject()).isInstanceOf(RoleCommand.class);
  }

  @ParameterizedTest
  @MethodSource("roles")
  void aHealthCheckTellsReadyFromNotReady(Service role) throws Exception {
    Readiness readiness = new Readiness("Kafka is not there");
    try (HealthServer server =
        HealthServer.start(HttpPlace.LOOPBACK, 0, "--port", readiness, () -> "", PART)) {
      List<String> check = new ArrayList<>();
      String port = server.address().substring(server.address().lastIndexOf(':') + 1);
      role.healthCommand()
          .forEach(word -> check.add(word.replaceAll("127\\.0\\.0\\.1/\\d+", "127.0.0.1/" + port)));

      assertThat(exitCode(check)).isNotZero();
      readiness.started();
      assertThat(exitCode(check)).isZero();
    }
  }

  private static int exitCode(List<String> command) throws Exception {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    assertThat(process.waitFor(HEALTH_SECONDS, TimeUnit.SECONDS)).isTrue();
    return process.exitValue();
  }
}
