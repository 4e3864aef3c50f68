package dev.relevo.common.config;

import java.time.Duration;
import java.util.List;

/**
 * How long a backend may take.
 *
 * @param connect until a connection stands; default 3s. Short fails on a slow network; long delays
 *     the change to another backend.
 * @param firstToken until the first piece of an answer; Ollama's loading of a model is not counted;
 *     default 30s. Short fails while a long prompt is read, comments and pings do not help; long
 *     delays the change to another backend.
 * @param idle between two pieces of an answer; comments and pings are none; default 30s. Short cuts
 *     models that think for long; long leaves a stuck answer standing.
 * @param total for the whole answer; default 15m. Short cuts long answers; a job's deadline ends it
 *     anyway.
 */
public record TimeoutSettings(
    Duration connect, Duration firstToken, Duration idle, Duration total) {

  static final Entry.Setting<Duration> CONNECT =
      new Entry.Setting<>(
          "connect",
          Kinds.duration("10ms", "5m"),
          Duration.ofSeconds(3),
          "Until a connection stands",
          "Short fails on a slow network; long delays the change to another backend");

  static final Entry.Setting<Duration> FIRST_TOKEN =
      new Entry.Setting<>(
          "first-token",
          Kinds.duration("100ms", "1h"),
          Duration.ofSeconds(30),
          "Until the first piece of an answer; Ollama's loading of a model is not counted",
          "Short fails while a long prompt is read, comments and pings do not help; long delays "
              + "the change to another backend");

  static final Entry.Setting<Duration> IDLE =
      new Entry.Setting<>(
          "idle",
          Kinds.duration("100ms", "1h"),
          Duration.ofSeconds(30),
          "Between two pieces of an answer; comments and pings are none",
          "Short cuts models that think for long; long leaves a stuck answer standing");

  static final Entry.Setting<Duration> TOTAL =
      new Entry.Setting<>(
          "total",
          Kinds.duration("1s", "6d"),
          Duration.ofMinutes(15),
          "For the whole answer",
          "Short cuts long answers; a job's deadline ends it anyway");

  static final Entry.Section<TimeoutSettings> SECTION =
      new Entry.Section<>(
          "timeouts", List.of(CONNECT, FIRST_TOKEN, IDLE, TOTAL), TimeoutSettings::of);

  public TimeoutSettings {
    new Rules("timeouts")
        .check(CONNECT, connect)
        .check(FIRST_TOKEN, firstToken)
        .check(IDLE, idle)
        .check(TOTAL, total)
        .require(
            connect.compareTo(total) <= 0,
            Units.printDuration(connect)
                + " is longer than total ("
                + Units.printDuration(total)
                + ")",
            "connect",
            "total")
        .require(
            firstToken.compareTo(total) <= 0,
            Units.printDuration(firstToken)
                + " is longer than total ("
                + Units.printDuration(total)
                + ")",
            "first-token",
            "total")
        .require(
            idle.compareTo(total) <= 0,
            Units.printDuration(idle)
                + " is longer than total ("
                + Units.printDuration(total)
                + ")",
            "idle",
            "total")
        .verify();
  }

  private static TimeoutSettings of(Values values) {
    return new TimeoutSettings(
        values.get(CONNECT), values.get(FIRST_TOKEN), values.get(IDLE), values.get(TOTAL));
  }
}
