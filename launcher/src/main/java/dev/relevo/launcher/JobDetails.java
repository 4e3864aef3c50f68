package dev.relevo.launcher;

import dev.relevo.common.protocol.AttemptReport;
import dev.relevo.common.protocol.StateRecord;
import dev.relevo.operator.KnownJob;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** All that {@code jobs JOB} tells of a job. */
final class JobDetails {
  private JobDetails() {}

  static List<String> lines(KnownJob job, long nowMs) {
    StateRecord.Job state = job.state();
    List<String> lines = new ArrayList<>();
    row(lines, "Job", job.id());
    row(lines, "State", job.word() + " since " + at(state.updatedAtMs(), nowMs));
    row(lines, "Code", state.code());
    row(lines, "Reason", state.message());
    row(
        lines,
        "Record",
        "lane %s, partition %d, offset %d"
            .formatted(state.lane().text(), job.home(), state.offset()));
    if (job.submittedMs().isPresent()) {
      row(lines, "Made", at(job.submittedMs().getAsLong(), nowMs) + ", by its id");
    }
    row(lines, "Model", job.model());
    row(lines, "Node", state.node());
    row(lines, "Fence", state.fence());
    row(lines, "Answer", state.replyTopic() == null ? "goes nowhere" : state.replyTopic());
    if (!job.hasEnded()) {
      patience(lines, state, nowMs);
    }
    row(lines, "Used", attempts(state.attemptsUsed()));
    int number = 0;
    for (AttemptReport attempt : state.attempts()) {
      number++;
      lines.add(
          "  %d  node %s: %s"
              .formatted(number, PlainText.line(attempt.node()), PlainText.line(attempt.code())));
      lines.add("     " + PlainText.line(attempt.message()));
      lines.add(
          "     %s to %s, fence %s"
              .formatted(
                  DeadTable.when(attempt.assignedAtMs()),
                  DeadTable.when(attempt.endedAtMs()),
                  PlainText.line(attempt.fence())));
    }
    return lines;
  }

  private static void patience(List<String> lines, StateRecord.Job state, long nowMs) {
    row(lines, "Deadline", due(state.deadlineMs(), nowMs));
    if (state.takeByMs() != null) {
      row(lines, "Max wait", due(state.takeByMs(), nowMs));
    }
    if (state.readyAtMs() > nowMs) {
      row(lines, "Next try", due(state.readyAtMs(), nowMs));
    }
  }

  private static String attempts(int used) {
    return used == 1 ? "1 attempt" : used + " attempts";
  }

  private static String at(long ms, long nowMs) {
    return DeadTable.when(ms) + " (" + Ages.of(nowMs - ms) + " ago)";
  }

  private static String due(long ms, long nowMs) {
    return ms <= nowMs ? at(ms, nowMs) : DeadTable.when(ms) + " (in " + Ages.of(ms - nowMs) + ")";
  }

  private static void row(List<String> lines, String title, @Nullable String value) {
    if (value != null) {
      lines.add("%-9s%s".formatted(title, PlainText.line(value)));
    }
  }
}
