package dev.relevo.testkit;

import dev.relevo.common.protocol.Delta;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** What was asked and answered, as a failed test shows it. */
final class HouseReport {
  /** Lines of one kind; the rest is counted. */
  private static final int MAX_LINES = 50;

  /** Characters of a body or an answer. */
  private static final int MAX_TEXT = 500;

  private HouseReport() {}

  static String of(
      List<AskedJob> jobs, List<ModelCall> calls, List<String> dead, Set<String> nodes) {
    List<String> lines = new ArrayList<>();
    lines.add("Relevo, since the test began:");
    add(lines, "asked", jobs.stream().map(HouseReport::line).toList());
    add(lines, "called", calls.stream().map(HouseReport::line).toList());
    add(lines, "dead", dead.stream().map(HouseReport::cut).toList());
    lines.add("  nodes   " + (nodes.isEmpty() ? "none runs" : String.join(", ", nodes)));
    return String.join(System.lineSeparator(), lines);
  }

  private static void add(List<String> lines, String what, List<String> found) {
    if (found.isEmpty()) {
      lines.add("  %-7s nothing".formatted(what));
    }
    found.stream().limit(MAX_LINES).forEach(line -> lines.add("  %-7s %s".formatted(what, line)));
    if (found.size() > MAX_LINES) {
      lines.add("  %-7s and %d more".formatted(what, found.size() - MAX_LINES));
    }
  }

  private static String line(AskedJob job) {
    return "job %s for %s: %s".formatted(job.id(), job.model(), cut(job.text()));
  }

  private static String line(ModelCall call) {
    String pieces = call.pieces().stream().map(HouseReport::piece).collect(Collectors.joining(" "));
    return "%s by %s%s gave %s and %s"
        .formatted(
            call.model(),
            call.node(),
            call.prefix() == null ? "" : " to continue \"" + cut(call.prefix()) + "\"",
            pieces.isEmpty() ? "nothing" : cut(pieces),
            switch (call.state()) {
              case RUNNING -> "runs";
              case HELD -> "is held";
              case ENDED -> call.outcome();
            });
  }

  private static String piece(Delta piece) {
    if (piece.content() != null) {
      return '"' + piece.content() + '"';
    }
    return piece.reasoning() == null
        ? "tools " + piece.toolCalls()
        : "thoughts \"" + piece.reasoning() + '"';
  }

  private static String cut(String text) {
    String line = text.replace("\n", "\\n");
    return line.length() <= MAX_TEXT ? line : line.substring(0, MAX_TEXT) + "…";
  }
}
