package dev.relevo.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Holds the Dockerfile to the build: where jars are made, which Java they need, what starts. */
class DockerfileTest {
  private static final Pattern COPY = Pattern.compile("COPY --from=build /src/(\\S+) (\\S+)");
  private static final Pattern ENTRYPOINT = Pattern.compile("ENTRYPOINT \\[(.*?)]", Pattern.DOTALL);
  private static final Pattern QUOTED = Pattern.compile("\"([^\"]*)\"");
  private static final Pattern MAVEN = Pattern.compile("mvn (.*)");
  private static final Pattern MODULE = Pattern.compile("<module>(.*?)</module>");

  @Test
  void buildsWithAJdkAndRunsOnAJreOfTheVersionThatTheBuildAsksFor() throws IOException {
    String release =
        group(Pattern.compile("<maven.compiler.release>(\\d+)<"), read("pom.xml")).getFirst();

    assertThat(group(Pattern.compile("FROM (\\S+)"), read("Dockerfile")))
        .containsExactly(
            "maven:3.9-eclipse-temurin-" + release, "eclipse-temurin:" + release + "-jre");
  }

  @Test
  void buildsAsTheScriptDoes() throws IOException {
    String arguments = group(MAVEN, read("Dockerfile")).getFirst();

    assertThat(read("relevo")).contains("mvn " + arguments + " ");
  }

  @Test
  void copiesWhatTheBuildMakesToWhereItStarts() throws IOException {
    Matcher copy = COPY.matcher(read("Dockerfile"));
    List<String> made = new ArrayList<>();
    List<String> copied = new ArrayList<>();
    while (copy.find()) {
      made.add(copy.group(1));
      copied.add(copy.group(2));
    }
    String pom = read("launcher/pom.xml");

    assertThat(made).containsExactly("launcher/target/lib", "launcher/target/relevo.jar");
    assertThat(pom)
        .contains("<finalName>relevo</finalName>")
        .contains("<outputDirectory>${project.build.directory}/lib</outputDirectory>")
        .contains("<classpathPrefix>lib/</classpathPrefix>")
        .contains("<mainClass>" + Relevo.class.getName() + "</mainClass>");
    assertThat(copied).containsExactly("/opt/relevo/lib", classPath().getFirst());
    assertThat(classPath()).containsExactly("/opt/relevo/relevo.jar", "/opt/relevo/plugins/*");
    assertThat(entrypoint().getLast()).isEqualTo(Relevo.class.getName());
  }

  @Test
  void javaTakesTheFlagsOfTheEntrypoint() throws Exception {
    List<String> command = new ArrayList<>(entrypoint());
    assertThat(command.getFirst()).isEqualTo("java");
    assertThat(command.get(command.size() - 3)).isEqualTo("-cp");
    command.set(0, Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.set(command.size() - 1, "-version");

    Process java = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(java.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

    assertThat(java.waitFor(30, TimeUnit.SECONDS)).isTrue();
    assertThat(java.exitValue()).as(output).isZero();
    assertThat(output).doesNotContainIgnoringCase("warning");
  }

  private static List<String> classPath() throws IOException {
    List<String> command = entrypoint();
    return List.of(command.get(command.size() - 2).split(":"));
  }

  @Test
  void onlySourcesGoIntoTheBuildAndAllOfThem() throws IOException {
    assertThat(read(".dockerignore").lines().filter(line -> !line.startsWith("#")))
        .containsExactly("**", "!pom.xml", "!build", "!*/pom.xml", "!*/src", "**/target");
    for (String module : group(MODULE, read("pom.xml"))) {
      assertThat(module).doesNotContain("/");
      try (Stream<Path> files = Files.list(ComposeFile.ROOT.resolve(module))) {
        assertThat(files.map(file -> file.getFileName().toString()).filter(name -> !known(name)))
            .isEmpty();
      }
    }
  }

  private static boolean known(String name) {
    return name.equals("pom.xml") || name.equals("src") || name.equals("target");
  }

  private static List<String> entrypoint() throws IOException {
    return group(QUOTED, group(ENTRYPOINT, read("Dockerfile")).getFirst());
  }

  private static List<String> group(Pattern pattern, String text) {
    return pattern.matcher(text).results().map(result -> result.group(1)).toList();
  }

  private static String read(String file) throws IOException {
    return Files.readString(ComposeFile.ROOT.resolve(file));
  }
}
