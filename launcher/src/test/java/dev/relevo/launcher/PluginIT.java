package dev.relevo.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The packaged command with somebody else's backend in its folder of plugins. */
@Timeout(300)
class PluginIT {
  @TempDir Path folder;

  @Test
  void aBackendInAJarAnswersJobs() throws Exception {
    Path plugins = ExampleBackend.pack(folder).getParent();
    Path settings =
        Files.writeString(
            folder.resolve("relevo.yaml"),
            """
            node:
              backends:
                - type: shout
            """);
    String port = Integer.toString(FreePort.next());
    Map<String, String> environment = Map.of("RELEVO_PLUGINS", plugins.toString());
    try (RelevoProcess up =
        RelevoProcess.start(
            folder,
            environment,
            "up",
            "-c",
            settings.toString(),
            "--data",
            folder.resolve("data").toString(),
            "--port",
            Integer.toString(FreePort.next()),
            "--kafka-port",
            port)) {
      up.ready();
      RelevoProcess submit =
          RelevoProcess.run(
              folder,
              "submit",
              "--bootstrap",
              "127.0.0.1:" + port,
              "--model",
              "shout",
              "Hello all");
      assertThat(submit.exitCode()).isZero();
      assertThat(submit.out()).contains("HELLO ALL");
    }
  }

  @Test
  void withoutItTheTypeIsUnknown() throws Exception {
    Path settings =
        Files.writeString(folder.resolve("relevo.yaml"), "node: {backends: [{type: shout}]}\n");
    RelevoProcess up = RelevoProcess.run(folder, "up", "-c", settings.toString());
    assertThat(up.exitCode()).isEqualTo(ExitCode.WRONG_USE);
    assertThat(up.err()).contains("there is no adapter \"shout\"", "anthropic", "echo");
  }
}
