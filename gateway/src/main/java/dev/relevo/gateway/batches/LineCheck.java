package dev.relevo.gateway.batches;

import dev.relevo.common.kafka.KafkaClients;
import dev.relevo.gateway.batches.BatchRecord.Problem;
import dev.relevo.operator.batch.BoundedLines;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Looks at the lines of a batch's file, in their order: each one by itself, and what holds for all.
 * Keeps the first {@link #MOST_PROBLEMS} problems and all custom ids. Pure; for one thread.
 */
final class LineCheck {
  /** Lines of one batch, as OpenAI has it. */
  static final int MOST_LINES = 50_000;

  /** Problems that are told of one file. */
  static final int MOST_PROBLEMS = 50;

  /** The longest line, in bytes; a job is smaller. */
  static final int MOST_LINE_BYTES = KafkaClients.MAX_JOB_BYTES + (64 << 10);

  private final LineReader reader;
  private final Set<String> customIds = new HashSet<>();
  private final List<Problem> problems = new ArrayList<>();
  private final LineNames names = new LineNames();
  private @Nullable String model;
  private boolean tooMany;

  LineCheck(LineReader reader) {
    this.reader = reader;
  }

  /** Takes the next line; blank ones do not count. */
  void take(BoundedLines.Line line) {
    if (line.isBlank() && !line.tooLong()) {
      return;
    }
    if (customIds.size() >= MOST_LINES) {
      tellTooMany();
      return;
    }
    switch (reader.read(line)) {
      case LineReader.Broken broken -> problem(broken.problem());
      case LineReader.Wanted wanted -> take(wanted);
    }
  }

  private void tellTooMany() {
    if (!tooMany) {
      tooMany = true;
      // Whatever else there is to tell, this has to be among it.
      problems.add(
          0,
          new Problem(
              "too_many_tasks",
              "The file has more than %,d lines, and no more are run as one batch."
                  .formatted(MOST_LINES),
              null,
              null));
    }
  }

  private void take(LineReader.Wanted line) {
    if (!customIds.add(line.customId())) {
      problem(
          new Problem(
              "duplicate_custom_id",
              "The custom_id '%s' stands in another line, too.".formatted(line.customId()),
              "custom_id",
              line.number()));
      return;
    }
    names.add(line.customId());
    if (model == null) {
      model = line.model();
    } else if (!model.equals(line.model())) {
      problem(
          new Problem(
              "mismatched_model",
              "This line asks '%s', the ones before ask '%s': a batch has one model."
                  .formatted(line.model(), model),
              "body.model",
              line.number()));
    }
  }

  private void problem(Problem problem) {
    if (problems.size() < MOST_PROBLEMS) {
      problems.add(problem);
    }
  }

  /** What is wrong with the file; empty when it can be run. To be asked after the last line. */
  List<Problem> problems() {
    return problems.isEmpty() && customIds.isEmpty()
        ? List.of(new Problem("empty_file", "The file has no line.", null, null))
        : List.copyOf(problems);
  }

  /** The custom ids of the lines, in their order. */
  LineNames names() {
    return names;
  }

  /** The model that all lines ask; empty where there is none. */
  String model() {
    return model == null ? "" : model;
  }
}
