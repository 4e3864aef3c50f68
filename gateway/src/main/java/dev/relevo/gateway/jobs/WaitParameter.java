package dev.relevo.gateway.jobs;

import dev.relevo.gateway.http.HttpProblem;
import java.time.Duration;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The query's {@code wait}: how long the caller wants to wait for a job's end. */
final class WaitParameter {
  /** Longer ones are cut: what is between callers and us closes lines that are silent for long. */
  static final Duration LONGEST = Duration.ofMinutes(1);

  private static final Pattern WRITTEN = Pattern.compile("(\\d{1,9})(ms|s|m)");

  private WaitParameter() {}

  /**
   * Reads it.
   *
   * @throws HttpProblem 400 when it is no duration
   */
  static Duration read(Optional<String> wait) {
    if (wait.isEmpty()) {
      return Duration.ZERO;
    }
    Matcher written = WRITTEN.matcher(wait.get());
    if (!written.matches()) {
      throw HttpProblem.badRequest(
              "invalid_wait",
              "wait is '%s', expected a duration like 500ms, 30s or 1m.".formatted(wait.get()))
          .about("wait");
    }
    long number = Long.parseLong(written.group(1));
    Duration asked =
        switch (written.group(2)) {
          case "ms" -> Duration.ofMillis(number);
          case "s" -> Duration.ofSeconds(number);
          default -> Duration.ofMinutes(number);
        };
    return asked.compareTo(LONGEST) > 0 ? LONGEST : asked;
  }
}
