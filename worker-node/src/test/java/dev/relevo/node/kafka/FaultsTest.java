package dev.relevo.node.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Plays every fault of a backend and holds docs/faults.md to what is seen; {@code
 * -Drelevo.docs=write} rewrites its table.
 */
@Timeout(120)
class FaultsTest {
  private static final Path DOCUMENT = Path.of("..", "docs", "faults.md");
  private static final String BEGIN = "<!-- generated: faults -->\n";
  private static final String END = "<!-- end of generated -->";

  @TempDir Path folder;

  @Test
  void theTableIsWhatIsSeen() throws Exception {
    List<FaultScenario> scenarios = FaultScenarios.all();
    String table;
    try (House house = new House("faults-" + UUID.randomUUID());
        FaultRun run = new FaultRun(house, scenarios, folder)) {
      table = FaultTable.markdown(scenarios, run.play(scenarios), run);
    }
    System.out.println(table);

    String document = Files.readString(DOCUMENT);
    int from = document.indexOf(BEGIN) + BEGIN.length();
    int to = document.indexOf(END);
    if ("write".equals(System.getProperty("relevo.docs"))) {
      Files.writeString(DOCUMENT, document.substring(0, from) + table + document.substring(to));
      return;
    }
    assertThat(table)
        .as("docs/faults.md; -Drelevo.docs=write rewrites it")
        .isEqualTo(document.substring(from, to));
  }
}
