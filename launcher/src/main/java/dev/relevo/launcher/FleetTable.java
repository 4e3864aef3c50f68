package dev.relevo.launcher;

import dev.relevo.common.protocol.Lane;
import dev.relevo.common.protocol.NodeBeat;
import dev.relevo.common.registry.RegisteredNode;
import dev.relevo.operator.Fleet;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/** The table that {@code nodes} prints: a row for each backend of each node. */
final class FleetTable {
  private static final List<String> TITLES =
      List.of("NODE", "STATE", "SLOT", "JOBS", "BEAT", "BACKEND", "HEALTH", "TTFT", "MODELS");
  private static final int MOST_CELL = 300;

  private FleetTable() {}

  /**
   * @param paused the lanes of which nothing new begins
   */
  static List<String> of(Fleet fleet, Set<Lane> paused) {
    List<String> lines = new ArrayList<>();
    AlignedRows table = new AlignedRows(TITLES, lines::add);
    fleet
        .live()
        .forEach(node -> rows(node, text(node.beat().state()), fleet.nowMs()).forEach(table::add));
    fleet.lost().forEach(node -> rows(node, "lost", fleet.nowMs()).forEach(table::add));
    table.end();
    if (lines.isEmpty()) {
      lines.add("No nodes.");
    }
    List<String> dispatchers = fleet.liveDispatchers();
    lines.add(
        dispatchers.isEmpty()
            ? "No dispatcher: jobs wait until one is started."
            : "Dispatchers: " + cell(String.join(", ", dispatchers)));
    paused.stream()
        .sorted()
        .forEach(lane ->
            lines.add(
                "Lane %1$s is paused: nothing new of it begins before ./relevo resume %1$s"
                    .formatted(lane.text())));
    return lines;
  }

  private static List<List<String>> rows(RegisteredNode node, String state, long nowMs) {
    NodeBeat beat = node.beat();
    long running = beat.attempts().values().stream().filter(NodeBeat.Phase.RUNNING::equals).count();
    long silentMs = nowMs - TimeUnit.NANOSECONDS.toMillis(node.readNanos());
    List<String> head =
        List.of(
            cell(node.id()),
            state,
            Integer.toString(beat.slot()),
            running + "/" + beat.capacity(),
            String.format(Locale.ROOT, "%.1fs", silentMs / 1000.0));
    List<List<String>> rows = new ArrayList<>();
    for (NodeBeat.Backend backend : beat.backends()) {
      List<String> row = new ArrayList<>(rows.isEmpty() ? head : List.of("", "", "", "", ""));
      row.addAll(cells(backend));
      rows.add(row);
    }
    return rows.isEmpty() ? List.of(head) : rows;
  }

  private static List<String> cells(NodeBeat.Backend backend) {
    String breaker =
        backend.breaker().equals("CLOSED")
            ? ""
            : " (circuit "
                + PlainText.line(backend.breaker().toLowerCase(Locale.ROOT).replace('_', ' '))
                + ")";
    Double ttftMs = backend.ttftMs();
    return List.of(
        cell(backend.name()),
        text(backend.health()) + cell(breaker),
        ttftMs == null ? "-" : Math.round(ttftMs) + "ms",
        cell(String.join(", ", backend.models())));
  }

  /** What a node says of itself is printed as it is only as far as that is harmless. */
  private static String cell(String text) {
    return PlainText.line(text, MOST_CELL);
  }

  private static String text(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }
}
