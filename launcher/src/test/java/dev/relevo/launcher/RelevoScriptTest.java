package dev.relevo.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/**
 * Runs the {@code relevo} script in a folder of its own, on a path with nothing but the system's
 * tools and with Javas that are scripts which show how they were called.
 */
@Timeout(60)
@DisabledOnOs(OS.WINDOWS)
class RelevoScriptTest {

  private static final List<String> TOOLS =
      List.of(
          "bash",
          "cat",
          "cksum",
          "dirname",
          "env",
          "grep",
          "ln",
          "ls",
          "mkdir",
          "mv",
          "readlink",
          "renice",
          "rm",
          "sh",
          "sleep",
          "touch",
          "tr");

  private static final String FAKE_JAVA =
      """
      #!/usr/bin/env bash
      if [ "$1" = -version ]; then echo 'openjdk version "VERSION" 2023-10-17' >&2; exit; fi
      for arg in "$@"; do
        case "$arg" in -XX:AOTCacheOutput=*) echo cache >"${arg#*=}" ;; esac
      done
      case " $* " in
        *" up -c "*) trap 'kill $!; exit 143' TERM; echo ready; sleep 30 & wait ;;
        *) echo "cwd=$PWD"; printf 'arg=%s\\n' "$@" ;;
      esac
      """;

  @TempDir Path temp;

  private Path root;
  private Path path;

  @BeforeEach
  void setUp() throws IOException {
    root = Files.createDirectories(temp.resolve("relevo home"));
    Files.copy(Path.of(System.getProperty("basedir", "."), "..", "relevo"), root.resolve("relevo"));
    Path lib = Files.createDirectories(root.resolve("launcher/target/lib"));
    Files.writeString(lib.resolve("some.jar"), "library");
    Files.writeString(jar(), "program");
    path = Files.createDirectories(temp.resolve("path"));
    for (String tool : TOOLS) {
      executable(path.resolve(tool), "#!/bin/sh\nexec " + systemTool(tool) + " \"$@\"\n");
    }
  }

  @Test
  void saysWhatToInstallWhereEveryJavaIsTooOld() throws Exception {
    Path old = java("old", "17.0.9", false);
    Run run = relevo(Map.of("JAVA_HOME", old.toString()), "up");

    assertThat(run.exit()).isEqualTo(2);
    assertThat(run.err())
        .contains("Java 25 or newer is needed", "only Java 17.0.9 in " + old)
        .contains("apt install openjdk-25-jdk-headless", "RELEVO_JAVA_HOME");
    assertThat(run.out()).isEmpty();
  }

  @Test
  void saysWhatToInstallWhereThereIsNoJava() throws Exception {
    Run run = relevo(Map.of(), "up");

    assertThat(run.exit()).isEqualTo(2);
    assertThat(run.err()).contains("Java 25 or newer is needed and was not found.");
  }

  @Test
  void holdsOnToTheJavaItWasTold() throws Exception {
    Path old = java("old", "17.0.9", true);
    Path current = java("current", "25.0.1", true);
    Run run =
        relevo(
            Map.of("RELEVO_JAVA_HOME", old.toString(), "JAVA_HOME", current.toString()), "--help");

    assertThat(run.exit()).isEqualTo(2);
    assertThat(run.err()).contains("RELEVO_JAVA_HOME is " + old).contains("17.0.9");
  }

  @Test
  void passesOverAnOldJavaForANewOneElsewhere() throws Exception {
    Path old = java("old", "17.0.9", false);
    java("jvms/current", "26-ea", true);
    Run run =
        relevo(
            Map.of("JAVA_HOME", old.toString(), "RELEVO_JVM_DIRS", temp.resolve("jvms").toString()),
            "--help");

    assertThat(run.exit()).isZero();
    assertThat(run.out()).contains("arg=--help");
  }

  @Test
  void findsTheJavaOnThePathWithoutAReleaseFile() throws Exception {
    Files.createSymbolicLink(
        path.resolve("java"), java("current", "25.0.1", false).resolve("bin/java"));

    assertThat(relevo(Map.of(), "--help").out()).contains("arg=--help");
  }

  @Test
  void keepsArgumentsAndTheCallersFolderThroughLinks() throws Exception {
    Path caller = Files.createDirectories(temp.resolve("caller")).toRealPath();
    Files.createSymbolicLink(temp.resolve("link"), Path.of("relevo home/relevo"));
    Run run = run(temp.resolve("link"), caller, current(), "submit", "two words", "*");

    assertThat(run.exit()).isZero();
    assertThat(run.out()).contains("cwd=" + caller).endsWith("arg=submit\narg=two words\narg=*\n");
  }

  @Test
  void givesRolesAndToolsTheirFlagsAndTheUserTheLastWord() throws Exception {
    Map<String, String> env = current();
    env.put("RELEVO_JAVA_OPTS", "-Xmx2g -Dx=1");

    assertThat(relevo(env, "node").out())
        .contains("arg=-XX:+UseG1GC")
        .doesNotContain("TieredStopAtLevel")
        .containsSubsequence("arg=-Xmx1g\n", "arg=-Xmx2g\narg=-Dx=1\narg=-jar\n");
    assertThat(relevo(env, "nodes").out())
        .contains("arg=-XX:+UseSerialGC\narg=-XX:TieredStopAtLevel=1\n");
  }

  @Test
  void putsTheJarsOfOthersBehindItsOwn() throws Exception {
    Path plugins = Files.createDirectories(root.resolve("plugins"));
    assertThat(relevo(current(), "node").out()).contains("arg=-jar\narg=" + jar() + "\narg=node");
    Files.writeString(plugins.resolve("mine.jar"), "plugin");
    assertThat(relevo(current(), "node").out())
        .contains("arg=-cp\narg=" + jar() + ":" + plugins + "/*\n")
        .endsWith("arg=" + Relevo.class.getName() + "\narg=node\n");

    Map<String, String> env = current();
    env.put("RELEVO_PLUGINS", temp.resolve("elsewhere").toString());
    Run missing = relevo(env, "node");
    assertThat(missing.exit()).isEqualTo(2);
    assertThat(missing.err()).contains("RELEVO_PLUGINS is " + temp.resolve("elsewhere"));
    Files.createDirectories(temp.resolve("elsewhere"));
    Files.writeString(temp.resolve("elsewhere/mine.jar"), "plugin");
    assertThat(relevo(env, "node").out()).contains(":" + temp.resolve("elsewhere") + "/*\n");
  }

  @Test
  void asksForMavenWhereNothingIsBuilt() throws Exception {
    Files.delete(jar());
    Run run = relevo(current(), "up");

    assertThat(run.exit()).isEqualTo(2);
    assertThat(run.err()).contains("nothing is built yet and Maven (mvn) was not found");
  }

  @Test
  void buildsWhatIsNotBuilt() throws Exception {
    Files.delete(jar());
    executable(path.resolve("mvn"), "#!/usr/bin/env bash\ntouch launcher/target/relevo.jar\n");
    Run run = relevo(current(), "--version");

    assertThat(run.err()).contains("relevo: building, this once");
    assertThat(run.out()).endsWith("arg=--version\n").doesNotContain("building");
  }

  @Test
  void usesTheCacheOfThisBuildAndOfNoOther() throws Exception {
    Map<String, String> env = current();
    env.put("RELEVO_AOT", "train");
    assertThat(relevo(env).exit()).isZero();

    env.put("RELEVO_AOT", "keep");
    assertThat(relevo(env, "nodes").out()).containsPattern("arg=-XX:AOTCache=.*/tools-.*aot\n");
    assertThat(relevo(env, "node").out()).containsPattern("arg=-XX:AOTCache=.*/roles-.*aot\n");
    env.put("RELEVO_AOT", "off");
    assertThat(relevo(env, "nodes").out()).doesNotContain("AOTCache");

    Files.writeString(jar(), "another program");
    env.put("RELEVO_AOT", "keep");
    assertThat(relevo(env, "nodes").out()).doesNotContain("AOTCache");
  }

  private record Run(int exit, String out, String err) {}

  private Path jar() {
    return root.resolve("launcher/target/relevo.jar");
  }

  private Map<String, String> current() throws IOException {
    Map<String, String> env = new HashMap<>();
    env.put("RELEVO_JAVA_HOME", java("current", "25.0.1", true).toString());
    return env;
  }

  private Path java(String name, String version, boolean release) throws IOException {
    Path home = temp.resolve(name);
    Files.createDirectories(home.resolve("bin"));
    executable(home.resolve("bin/java"), FAKE_JAVA.replace("VERSION", version));
    if (release) {
      Files.writeString(home.resolve("release"), "OS_NAME=\"x\"\nJAVA_VERSION=\"" + version + "\"");
    }
    return home.toRealPath();
  }

  private static void executable(Path file, String text) throws IOException {
    Files.writeString(file, text);
    assertThat(file.toFile().setExecutable(true)).isTrue();
  }

  private Run relevo(Map<String, String> env, String... args) throws Exception {
    return run(root.resolve("relevo"), temp, env, args);
  }

  private Run run(Path script, Path folder, Map<String, String> env, String... args)
      throws Exception {
    List<String> command = new ArrayList<>(List.of(script.toString()));
    command.addAll(List.of(args));
    Path out = Files.createTempFile(temp, "out", "");
    Path err = Files.createTempFile(temp, "err", "");
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectOutput(out.toFile())
            .redirectError(err.toFile());
    builder.environment().clear();
    builder.environment().put("PATH", path.toString());
    builder.environment().put("HOME", temp.toString());
    builder.environment().put("RELEVO_JVM_DIRS", "");
    builder.environment().put("RELEVO_AOT", "off");
    builder.environment().putAll(env);
    Process process = builder.start();
    assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
    return new Run(
        process.exitValue(),
        Files.readString(out, StandardCharsets.UTF_8),
        Files.readString(err, StandardCharsets.UTF_8));
  }

  private static Path systemTool(String name) {
    return List.of(Path.of("/usr/bin"), Path.of("/bin"), Path.of("/usr/sbin")).stream()
        .map(folder -> folder.resolve(name))
        .filter(Files::isExecutable)
        .findFirst()
        .orElseThrow();
  }
}
