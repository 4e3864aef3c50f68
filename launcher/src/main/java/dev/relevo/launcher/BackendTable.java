package dev.relevo.launcher;

import dev.relevo.common.protocol.NodeBeat;
import dev.relevo.common.registry.RegisteredNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** The table that {@code backend list} prints, and its lines of JSON. */
final class BackendTable {
  private static final List<String> TITLES =
      List.of("NODE", "BACKEND", "TYPE", "HEALTH", "BREAKER", "PRIORITY", "MODELS", "REASON");
  private static final int MOST_CELL = 300;
  private static final JsonMapper LINES = JsonMapper.builder().build();

  private BackendTable() {}

  static List<String> of(List<RegisteredNode> nodes) {
    List<String> lines = new ArrayList<>();
    AlignedRows table = new AlignedRows(TITLES, lines::add);
    for (RegisteredNode node : nodes) {
      String name = cell(node.id());
      for (NodeBeat.Backend backend : node.beat().backends()) {
        table.add(row(name, backend));
        name = "";
      }
    }
    table.end();
    for (RegisteredNode node : nodes) {
      if (node.beat().backends().isEmpty()) {
        lines.add("Node " + cell(node.id()) + " has no backend, so it is given nothing.");
      }
    }
    return lines.isEmpty() ? List.of("No nodes.") : lines;
  }

  private static List<String> row(String node, NodeBeat.Backend backend) {
    String reason = backend.reason();
    return List.of(
        node,
        cell(backend.name()),
        cell(backend.type()),
        word(backend.health().name()),
        cell(word(backend.breaker())),
        Integer.toString(backend.priority()),
        backend.models().isEmpty() ? "-" : cell(String.join(", ", backend.models())),
        reason == null ? "" : cell(reason));
  }

  /** A line of JSON for each backend, with the names that a beat has. */
  static List<String> json(List<RegisteredNode> nodes) {
    List<String> lines = new ArrayList<>();
    for (RegisteredNode node : nodes) {
      for (NodeBeat.Backend backend : node.beat().backends()) {
        ObjectNode line = LINES.createObjectNode();
        line.put("node", node.id());
        line.setAll((ObjectNode) LINES.valueToTree(backend));
        lines.add(json(line));
      }
    }
    return lines;
  }

  /** What became of an order, as a line of JSON. */
  static String json(OrderOutcome outcome) {
    ObjectNode line = LINES.createObjectNode();
    line.put("node", outcome.node());
    line.put("taken", outcome.taken());
    line.put("words", outcome.words());
    NodeBeat.@Nullable Backend backend = outcome.backend();
    if (backend != null) {
      line.set("backend", LINES.valueToTree(backend));
    }
    return json(line);
  }

  private static String json(ObjectNode line) {
    return PlainText.line(LINES.writeValueAsString(line));
  }

  static String word(String constant) {
    return constant.toLowerCase(Locale.ROOT).replace('_', ' ');
  }

  /** What a node says of itself is printed as it is only as far as that is harmless. */
  private static String cell(String text) {
    return PlainText.line(text, MOST_CELL);
  }
}
