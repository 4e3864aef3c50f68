package dev.relevo.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;

/** The example of docs/own-backends.md, compiled and packed as its reader would. */
final class ExampleBackend {
  private static final Path DOCUMENT = Path.of("..", "docs", "own-backends.md");
  private static final Pattern BLOCK = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL);
  private static final Pattern CLASS = Pattern.compile("class (\\w+)");
  private static final String SERVICE = "META-INF/services/dev.relevo.node.backend.WorkerFactory";

  private ExampleBackend() {}

  /** Makes its jar, and beside it the classes of its test. */
  static Path pack(Path folder) throws IOException {
    Path classes = compile(folder);
    Path service = classes.resolve(SERVICE);
    Files.createDirectories(service.getParent());
    Files.writeString(service, "org.example.shout.ShoutFactory\n");
    Path jar = Files.createDirectories(folder.resolve("plugins")).resolve("shout.jar");
    try (OutputStream out = Files.newOutputStream(jar);
        JarOutputStream packed = new JarOutputStream(out);
        Stream<Path> files = Files.walk(classes)) {
      for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
        packed.putNextEntry(new JarEntry(classes.relativize(file).toString()));
        Files.copy(file, packed);
        packed.closeEntry();
      }
    }
    return jar;
  }

  private static Path compile(Path folder) throws IOException {
    Path sources = Files.createDirectories(folder.resolve("src"));
    Path classes = Files.createDirectories(folder.resolve("classes"));
    List<String> command =
        new ArrayList<>(List.of("-proc:none", "-Xlint:all,-classfile", "-Werror", "-d"));
    command.addAll(List.of(classes.toString(), "-cp", System.getProperty("java.class.path")));
    Matcher blocks = BLOCK.matcher(Files.readString(DOCUMENT));
    int count = 0;
    while (blocks.find()) {
      count++;
      Matcher name = CLASS.matcher(blocks.group(1));
      assertThat(name.find()).isTrue();
      Path source = sources.resolve(name.group(1) + ".java");
      command.add(Files.writeString(source, blocks.group(1)).toString());
    }
    assertThat(count).as("classes in " + DOCUMENT).isEqualTo(3);
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    StringBuilder said = new StringBuilder();
    int exit =
        compiler.run(
            null,
            null,
            new OutputStream() {
              @Override
              public void write(int oneByte) {
                said.append((char) oneByte);
              }

              @Override
              public void write(byte[] bytes, int from, int count) {
                said.append(new String(bytes, from, count, StandardCharsets.UTF_8));
              }
            },
            command.toArray(String[]::new));
    assertThat(exit).as("%s", said).isZero();
    return classes;
  }
}
