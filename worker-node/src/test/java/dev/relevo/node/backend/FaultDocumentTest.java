package dev.relevo.node.backend;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** Holds docs/resilience.md to {@link Fault}; {@code -Drelevo.docs=write} rewrites its table. */
class FaultDocumentTest {
  private static final Path DOCUMENT = Path.of("..", "docs", "resilience.md");
  private static final String BEGIN = "<!-- generated: faults -->\n";
  private static final String END = "<!-- end of generated -->";

  @Test
  void theTableIsThatOfTheCode() throws Exception {
    String document = Files.readString(DOCUMENT);
    int from = document.indexOf(BEGIN) + BEGIN.length();
    int to = document.indexOf(END);
    if ("write".equals(System.getProperty("relevo.docs"))) {
      Files.writeString(DOCUMENT, document.substring(0, from) + table() + document.substring(to));
      document = Files.readString(DOCUMENT);
      to = document.indexOf(END);
    }

    assertThat(document.substring(from, to))
        .as("docs/resilience.md; -Drelevo.docs=write rewrites it")
        .isEqualTo(table());
  }

  private static String table() {
    StringBuilder table =
        new StringBuilder(
            """
            | fault | the backend … | asked again | another backend | another model | counts for the breaker | health check | key is bad |
            | --- | --- | --- | --- | --- | --- | --- | --- |
            """);
    for (Fault fault : Fault.values()) {
      table.append(
          "| `%s` | %s | %s | %s | %s | %s | %s | %s |\n"
              .formatted(
                  fault.text(),
                  fault.says(),
                  word(fault.again()),
                  word(fault.elsewhere()),
                  word(fault.otherModel()),
                  word(fault.tripsBreaker()),
                  word(fault.asksForCheck()),
                  word(fault.spoilsCredential())));
    }
    return table.toString();
  }

  private static String word(boolean yes) {
    return yes ? "yes" : "–";
  }
}
