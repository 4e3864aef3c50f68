package dev.relevo.launcher;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.relevo.common.protocol.JobStatus;
import dev.relevo.common.protocol.StateRecord;
import dev.relevo.operator.KnownJob;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** The table that {@code jobs} prints, and its lines of JSON. */
final class JobsTable {
  private static final List<String> TITLES =
      List.of(
          "JOB",
          "STATE",
          "LANE",
          "HOME",
          "NODE",
          "MODEL",
          "ATTEMPTS",
          "AGE",
          "SINCE",
          "DEADLINE",
          "CODE");
  private static final int MOST_NAME = 128;
  private static final int MOST_MODEL = 40;
  private static final JsonMapper LINES =
      JsonMapper.builder()
          .changeDefaultPropertyInclusion(
              value -> value.withValueInclusion(JsonInclude.Include.NON_NULL))
          .build();

  private final AlignedRows rows;
  private final long nowMs;

  JobsTable(Consumer<String> out, long nowMs) {
    this.rows = new AlignedRows(TITLES, out);
    this.nowMs = nowMs;
  }

  void add(KnownJob job) {
    rows.add(row(job));
  }

  void end() {
    rows.end();
  }

  private List<String> row(KnownJob job) {
    StateRecord.Job state = job.state();
    return List.of(
        PlainText.line(job.id(), MOST_NAME),
        job.word(),
        state.lane().text(),
        Integer.toString(job.home()),
        cell(state.node(), MOST_MODEL),
        cell(job.model(), MOST_MODEL),
        Integer.toString(state.attemptsUsed()),
        job.submittedMs().isPresent() ? Ages.of(nowMs - job.submittedMs().getAsLong()) : "-",
        Ages.of(nowMs - state.updatedAtMs()),
        deadline(job),
        cell(job.code(), MOST_MODEL));
  }

  private String deadline(KnownJob job) {
    long leftMs = job.state().deadlineMs() - nowMs;
    if (job.hasEnded() || job.state().deadlineMs() == 0) {
      return "-";
    }
    return leftMs < 0 ? "over" : "in " + Ages.of(leftMs);
  }

  private static String cell(@Nullable String text, int most) {
    return text == null ? "-" : PlainText.line(text, most);
  }

  /** A line of JSON for programs, with the names that the state's own records have. */
  static String json(KnownJob job) {
    StateRecord.Job state = job.state();
    ObjectNode line = LINES.createObjectNode();
    line.put("job", job.id());
    line.put("state", job.status().name());
    line.put("lane", state.lane().text());
    line.put("home", job.home());
    line.put("offset", state.offset());
    line.put("node", state.node());
    line.put("model", job.model());
    line.put("fence", state.fence());
    line.put("attempts", state.attemptsUsed());
    job.submittedMs().ifPresent(ms -> line.put("submittedAt", DeadTable.when(ms)));
    line.put("since", DeadTable.when(state.updatedAtMs()));
    if (!job.hasEnded()) {
      line.put("deadline", when(state.deadlineMs()));
      line.put("takeBy", when(state.takeByMs()));
      line.put(
          "nextAttemptAt", state.status() == JobStatus.QUEUED ? when(state.readyAtMs()) : null);
    }
    line.put("replyTopic", state.replyTopic());
    line.put("code", job.code());
    line.put("message", job.message());
    line.properties().removeIf(field -> field.getValue().isNull());
    return PlainText.line(LINES.writeValueAsString(line));
  }

  private static @Nullable String when(@Nullable Long epochMs) {
    return epochMs == null || epochMs == 0 ? null : DeadTable.when(epochMs);
  }
}
