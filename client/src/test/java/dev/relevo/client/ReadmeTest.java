package dev.relevo.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** Holds the producer in README.md to one that compiles. */
class ReadmeTest {
  private static final Path PRODUCER =
      Path.of("src", "test", "java", "dev", "relevo", "client", "FirstProducer.java");

  @Test
  void showsTheProducerThatCompiles() throws IOException {
    String source = Files.readString(PRODUCER);
    int from = source.indexOf('\n', source.indexOf("// README from here")) + 1;
    // Without its last line break: an empty last line would count as no indentation.
    int to = source.lastIndexOf("\n    // to here");
    String shown = source.substring(from, to).stripIndent() + "\n";

    assertThat(shown).contains("JobClient.connect");
    assertThat(Files.readString(Path.of("..", "README.md"))).contains("```java\n" + shown + "```");
  }
}
