package dev.relevo.launcher;

import dev.relevo.operator.DeadFilter;
import dev.relevo.operator.PastMoment;
import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The options that choose dead letters. */
final class DeadFilterOptions {
  @Parameters(
      paramLabel = "JOB",
      arity = "0..*",
      description = "Only these: ids of jobs, or keys of letters whose records never became jobs.")
  private List<String> names = List.of();

  @Option(
      names = "--since",
      paramLabel = "T",
      description =
          "Only those that died since then: so long ago (30m, 12h, 7d), or a date or time in UTC"
              + " (2026-01-31, 2026-01-31T12:00:00Z).")
  private @Nullable String since;

  @Option(
      names = "--before",
      paramLabel = "T",
      description = "Only those that died before then, written like --since.")
  private @Nullable String before;

  @Option(
      names = "--model",
      paramLabel = "M",
      description = "Only jobs that asked for this model; llama3* for all that begin so.")
  private @Nullable String model;

  @Option(
      names = "--error",
      paramLabel = "CLASS",
      description = "Only this error class, the letter's own or its last attempt's.")
  private @Nullable String error;

  @Option(names = "--tenant", paramLabel = "T", description = "Only this tenant's jobs.")
  private @Nullable String tenant;

  /**
   * @throws CommandProblem when a value cannot be understood
   */
  DeadFilter filter(Instant now) {
    return new DeadFilter(
        names(),
        instantMs("--since", since, now),
        instantMs("--before", before, now),
        model,
        error,
        tenant);
  }

  /** The letters that were named one by one. */
  Set<String> names() {
    return new LinkedHashSet<>(names);
  }

  /** What was chosen, for a sentence after a number of letters; empty for everything. */
  String words() {
    StringBuilder words = new StringBuilder();
    append(words, " of ", names.isEmpty() ? null : String.join(", ", names));
    append(words, " since ", since);
    append(words, " before ", before);
    append(words, " with model ", model);
    append(words, " with error ", error);
    append(words, " of tenant ", tenant);
    return PlainText.line(words.toString(), 300);
  }

  private static void append(StringBuilder words, String before, @Nullable String value) {
    if (value != null) {
      words.append(before).append(value);
    }
  }

  private static @Nullable Long instantMs(String option, @Nullable String text, Instant now) {
    return text == null ? null : instant(option, text, now).toEpochMilli();
  }

  private static Instant instant(String option, String text, Instant now) {
    return PastMoment.parse(text, now)
        .orElseThrow(() ->
            CommandProblem.wrongUse(
                "%s '%s' is no time: say how long ago (30m, 12h, 7d), or a date or time such as 2026-01-31 or 2026-01-31T12:00:00Z."
                    .formatted(option, PlainText.line(text, 60))));
  }
}
