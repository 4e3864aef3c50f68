package dev.relevo.launcher;

import dev.relevo.common.protocol.Lane;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What {@code submit --file} was asked for.
 *
 * @param jobs the file of jobs, or {@code -} for standard input
 * @param out the file of answers, or {@code -} for standard output
 * @param inFlight jobs under way at a time, 1 to {@link #MOST_IN_FLIGHT}
 * @param retryFailed whether lines that failed in an earlier run are tried again
 * @param model for lines that name none; null for the one that the live nodes prefer
 * @param system a system prompt for requests without one
 * @param lane for lines that name none
 */
record BatchRequest(
    String jobs,
    String out,
    int inFlight,
    boolean retryFailed,
    @Nullable String model,
    @Nullable String system,
    List<String> fallbacks,
    Lane lane) {
  /** More than any fleet works on at a time. */
  static final int MOST_IN_FLIGHT = 10_000;

  /** Standard input or output. */
  private static final String STANDARD = "-";

  private static final int BUFFER_BYTES = 256 << 10;

  /**
   * Looks at the files.
   *
   * @throws CommandProblem when they cannot be used
   */
  BatchRequest {
    fallbacks = List.copyOf(fallbacks);
    if (inFlight < 1 || inFlight > MOST_IN_FLIGHT) {
      throw CommandProblem.wrongUse(
          "--in-flight %d is out of range: 1 to %,d jobs can be under way."
              .formatted(inFlight, MOST_IN_FLIGHT));
    }
    if (!jobs.equals(STANDARD)) {
      requireReadable(Path.of(jobs));
      requireOther(Path.of(jobs), out);
    }
    if (retryFailed && out.equals(STANDARD)) {
      throw CommandProblem.wrongUse("--retry-failed needs a file of answers: name it with --out.");
    }
  }

  private static void requireReadable(Path file) {
    if (!Files.exists(file)) {
      throw CommandProblem.wrongUse("There is no file %s.".formatted(file));
    }
    if (Files.isDirectory(file)) {
      throw CommandProblem.wrongUse(
          "%s is a folder: name a file with a job in each line.".formatted(file));
    }
    if (!Files.isReadable(file)) {
      throw CommandProblem.wrongUse("%s may not be read.".formatted(file));
    }
  }

  private static void requireOther(Path jobs, String out) {
    try {
      if (!out.equals(STANDARD)
          && Files.exists(Path.of(out))
          && Files.isSameFile(jobs, Path.of(out))) {
        throw CommandProblem.wrongUse(
            "--file and --out name the same file, %s: the answers need one of their own."
                .formatted(jobs));
      }
    } catch (IOException e) {
      throw CommandProblem.wrongUse("%s cannot be looked at.".formatted(out), e);
    }
  }

  /** The file of jobs as it is told; null path for standard input. */
  String fileName() {
    return jobs.equals(STANDARD) ? "standard input" : jobs;
  }

  /** The file of jobs; null for standard input. */
  @Nullable Path jobFile() {
    return jobs.equals(STANDARD) ? null : Path.of(jobs);
  }

  /** The file of answers; null for standard output. */
  @Nullable Path outFile() {
    return out.equals(STANDARD) ? null : Path.of(out);
  }

  BatchParser.Defaults defaults(Duration mostTime) {
    return new BatchParser.Defaults(model, system, fallbacks, lane, mostTime);
  }

  /** How many lines are not blank; 0 where that cannot be known ahead. */
  long countLines() throws IOException {
    Path file = jobFile();
    if (file == null || !Files.isRegularFile(file)) {
      return 0;
    }
    long lines = 0;
    try (InputStream in = Files.newInputStream(file)) {
      byte[] buffer = new byte[BUFFER_BYTES];
      boolean blank = true;
      for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
        for (int i = 0; i < read; i++) {
          if (buffer[i] == '\n') {
            lines += blank ? 0 : 1;
            blank = true;
          } else if (blank && buffer[i] != ' ' && buffer[i] != '\t' && buffer[i] != '\r') {
            blank = false;
          }
        }
      }
      return blank ? lines : lines + 1;
    }
  }
}
