package dev.relevo.common.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Holds docs/configuration.md to the code; {@code -Drelevo.docs=write} rewrites its tables. */
class SettingsDocumentationTest {
  private static final Path DOCUMENT = Path.of("..", "docs", "configuration.md");
  private static final String BEGIN = "<!-- generated: settings -->\n";
  private static final String END = "<!-- end of generated -->";
  private static final Pattern YAML = Pattern.compile("```yaml\n(.*?)```", Pattern.DOTALL);
  private static final Pattern MESSAGES = Pattern.compile("```\n(relevo.*?)```", Pattern.DOTALL);

  @TempDir Path folder;

  @Test
  void theTablesAreThoseOfTheCode() throws Exception {
    String document = Files.readString(DOCUMENT);
    int from = document.indexOf(BEGIN) + BEGIN.length();
    int to = document.indexOf(END);
    if ("write".equals(System.getProperty("relevo.docs"))) {
      Files.writeString(
          DOCUMENT,
          document.substring(0, from) + SettingsDocumentation.markdown() + document.substring(to));
      document = Files.readString(DOCUMENT);
      to = document.indexOf(END);
    }

    assertThat(document.substring(from, to))
        .as("docs/configuration.md; -Drelevo.docs=write rewrites it")
        .isEqualTo(SettingsDocumentation.markdown());
  }

  @Test
  void theExampleOfTheDocumentIsRead() throws Exception {
    Path file = Files.writeString(folder.resolve("relevo.yaml"), block(YAML));

    Settings settings =
        new SettingsLoader().load(file, Map.of("KAFKA_JAAS", "jaas", "OPENAI_KEY", "key"));

    List<BackendSettings> backends = settings.node().backends();
    assertThat(backends).extracting(BackendSettings::name).containsExactly("attic-ollama", "cloud");
    assertThat(backends.get(1).apiKey().reveal()).isEqualTo("key");
    assertThat(settings.kafka().properties()).containsEntry("sasl.jaas.config", "jaas");
  }

  @Test
  void theMessagesOfTheDocumentAreOurs() throws Exception {
    String wrong =
        """
        dispatcher:
          strategy: random
          ack-timeout: 2 s
        node:
          capcity: 4
        """;
    Path file = Files.writeString(folder.resolve("relevo.yaml"), wrong);

    assertThat(SettingsProblemsTest.problemsOf(file, Map.of("RELEVO_NODE_PRT", "1")))
        .containsExactlyElementsOf(List.of(block(MESSAGES).split("\n")));
  }

  private static String block(Pattern pattern) throws Exception {
    Matcher block = pattern.matcher(Files.readString(DOCUMENT));
    assertThat(block.find()).isTrue();
    return block.group(1);
  }
}
