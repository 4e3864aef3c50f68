package dev.relevo.node.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.relevo.common.protocol.NodeBeat.State;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** A node's life; {@code -Drelevo.docs=write} rewrites its part of docs/states.md. */
class NodeLifeTest {
  private static final Path DOCUMENT = Path.of("..", "docs", "states.md");
  private static final String BEGIN = "<!-- generated: node -->\n";
  private static final String END = "<!-- end of generated: node -->";

  @Test
  void startsWorksDrainsAndLeaves() {
    NodeLife life = new NodeLife("attic");
    assertThat(life.state()).isEqualTo(State.STARTING);

    life.apply(NodeTrigger.CHECKED);
    assertThat(life.state()).isEqualTo(State.READY);
    life.apply(NodeTrigger.DRAIN_ASKED);
    assertThat(life.state()).isEqualTo(State.DRAINING);
    life.apply(NodeTrigger.DRAINED);
    assertThat(life.state()).isEqualTo(State.LEFT);
  }

  @Test
  void refusesWhatTheTableDoesNotKnow() {
    NodeLife life = new NodeLife("attic");
    life.apply(NodeTrigger.DRAIN_ASKED);

    assertThatThrownBy(() -> life.apply(NodeTrigger.CHECKED))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("node attic is DRAINING, where CHECKED cannot happen; before: [DRAIN_ASKED]");
    assertThat(life.state()).isEqualTo(State.DRAINING);
  }

  @Test
  void theDocumentShowsTheTable() throws Exception {
    String table =
        NodeLife.TABLE.mermaid(NodeTrigger::label)
            + "\n"
            + NodeLife.TABLE.markdown(NodeTrigger::label, NodeTrigger::meaning);
    String document = Files.readString(DOCUMENT);
    int from = document.indexOf(BEGIN) + BEGIN.length();
    int to = document.indexOf(END);
    if ("write".equals(System.getProperty("relevo.docs"))) {
      Files.writeString(DOCUMENT, document.substring(0, from) + table + document.substring(to));
      document = Files.readString(DOCUMENT);
      to = document.indexOf(END);
    }

    assertThat(document.substring(from, to))
        .as("docs/states.md; -Drelevo.docs=write rewrites it")
        .isEqualTo(table);
  }
}
