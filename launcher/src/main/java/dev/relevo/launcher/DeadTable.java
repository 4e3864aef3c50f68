package dev.relevo.launcher;

import dev.relevo.operator.DeadRecord;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.function.Consumer;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** The table that {@code dead list} prints as the letters come. */
final class DeadTable {
  private static final List<String> TITLES =
      List.of("JOB", "WHEN", "MODEL", "ERROR", "ATTEMPTS", "REASON");
  private static final int MOST_NAME = 160;
  private static final int MOST_MODEL = 40;
  private static final int MOST_REASON = 100;

  private final AlignedRows rows;

  DeadTable(Consumer<String> out) {
    this.rows = new AlignedRows(TITLES, out);
  }

  void add(DeadRecord record) {
    rows.add(row(record));
  }

  /** Prints what is still held back; nothing at all where there were no letters. */
  void end() {
    rows.end();
  }

  private static List<String> row(DeadRecord record) {
    String model = record.gist() == null ? null : record.gist().model();
    return List.of(
        PlainText.line(record.name(), MOST_NAME),
        when(record.whenMs()),
        model == null ? "-" : PlainText.line(model, MOST_MODEL),
        PlainText.line(
            record.error() + record.lastError().map(last -> " (" + last + ")").orElse(""),
            MOST_MODEL),
        Integer.toString(record.attempts()),
        PlainText.line(record.reason(), MOST_REASON));
  }

  /** A line of JSON for programs, with the names of the columns and of the filters. */
  static String json(DeadRecord record) {
    ObjectNode line = JsonMapper.shared().createObjectNode();
    line.put("job", record.gist() == null ? null : record.gist().job());
    line.put("when", when(record.whenMs()));
    line.put("model", record.gist() == null ? null : record.gist().model());
    line.put("error", record.error());
    record.lastError().ifPresent(last -> line.put("lastError", last));
    line.put("attempts", record.attempts());
    line.put("reason", record.reason());
    line.put("tenant", record.gist() == null ? null : record.gist().tenant());
    line.put("key", record.key());
    line.put("partition", record.partition());
    line.put("offset", record.offset());
    line.put("replayable", record.obstacle().isEmpty());
    return PlainText.line(JsonMapper.shared().writeValueAsString(line));
  }

  /** In UTC, to the second. */
  static String when(long epochMs) {
    return Instant.ofEpochMilli(epochMs).truncatedTo(ChronoUnit.SECONDS).toString();
  }
}
