package dev.relevo.common.config;

import java.time.Duration;
import java.util.List;

/**
 * How often and when something is tried again; pauses double from the first to the longest, each 20
 * % longer or shorter by chance.
 *
 * @param maxAttempts attempts in all, the first included; default 3. 1 never tries again; many hold
 *     a hopeless job until its deadline.
 * @param initialBackoff pause before the second attempt; default 1s. 0ms hammers what is already in
 *     trouble.
 * @param maxBackoff longest pause between two attempts; default 30s. As short as the initial one:
 *     pauses do not grow.
 */
public record RetrySettings(int maxAttempts, Duration initialBackoff, Duration maxBackoff) {

  static final Entry.Setting<Integer> MAX_ATTEMPTS =
      new Entry.Setting<>(
          "max-attempts",
          Kinds.wholeNumber(1, 100),
          3,
          "Attempts in all, the first included",
          "1 never tries again; many hold a hopeless job until its deadline");

  static final Entry.Setting<Duration> INITIAL_BACKOFF =
      new Entry.Setting<>(
          "initial-backoff",
          Kinds.duration("0ms", "10m"),
          Duration.ofSeconds(1),
          "Pause before the second attempt",
          "0ms hammers what is already in trouble");

  static final Entry.Setting<Duration> MAX_BACKOFF =
      new Entry.Setting<>(
          "max-backoff",
          Kinds.duration("0ms", "1h"),
          Duration.ofSeconds(30),
          "Longest pause between two attempts",
          "As short as the initial one: pauses do not grow");

  public RetrySettings {
    new Rules("retry")
        .check(MAX_ATTEMPTS, maxAttempts)
        .check(INITIAL_BACKOFF, initialBackoff)
        .check(MAX_BACKOFF, maxBackoff)
        .require(
            initialBackoff.compareTo(maxBackoff) <= 0,
            Units.printDuration(initialBackoff)
                + " is longer than max-backoff ("
                + Units.printDuration(maxBackoff)
                + ")",
            "initial-backoff",
            "max-backoff")
        .verify();
  }

  /** The section where other pauses than those of the dispatcher are usual. */
  static Entry.Section<RetrySettings> section(Duration initialBackoff, Duration maxBackoff) {
    Entry.Setting<Duration> initial = INITIAL_BACKOFF.withDefault(initialBackoff);
    Entry.Setting<Duration> longest = MAX_BACKOFF.withDefault(maxBackoff);
    return new Entry.Section<>(
        "retry",
        List.of(MAX_ATTEMPTS, initial, longest),
        values ->
            new RetrySettings(values.get(MAX_ATTEMPTS), values.get(initial), values.get(longest)));
  }
}
