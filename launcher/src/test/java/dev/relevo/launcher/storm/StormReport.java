package dev.relevo.launcher.storm;

import java.util.List;
import java.util.Map;

/**
 * What a storm was and what it did, as data: the table, the JSON file and the picture are made of
 * it. All times are milliseconds of the storm's time.
 *
 * @param seed draws the same storm again
 * @param stormMs from the first submit to the last fault's end
 * @param settledMs when the last job had ended
 * @param figures by name, in the order of the table
 * @param problems one sentence each; none where all promises were kept
 */
record StormReport(
    long seed,
    long stormMs,
    long settledMs,
    Map<String, Long> figures,
    List<String> problems,
    List<ProcessRow> processes,
    List<FaultRow> faults,
    List<JobRow> jobs) {

  /** How a process fared. */
  record ProcessRow(String name, List<Life.Span> spans) {}

  /** A fault that happened. */
  record FaultRow(String target, String what, long fromMs, long toMs) {}

  /**
   * A job.
   *
   * @param takenMs when Kafka had it
   * @param endMs when its reader heard the end; -1 for never, or where there is no reader
   * @param ending as in replies
   */
  record JobRow(
      String id, long takenMs, long endMs, String ending, List<Run> runs, List<Gap> gaps) {}

  /** An attempt that claimed the stream, until the next one or the end. */
  record Run(String node, long fromMs, long toMs) {}

  /**
   * A silence in a stream around a change of attempts.
   *
   * @param only whether there was only one node that could go on
   * @param broker whether the broker was away meanwhile
   */
  record Gap(long fromMs, long toMs, boolean only, boolean broker) {
    long lengthMs() {
      return toMs - fromMs;
    }
  }
}
