package dev.relevo.launcher.storm;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/**
 * What state says of a job, in one record.
 *
 * @param counts whether it is valid: no record of a higher epoch stands before it
 * @param status empty for a tombstone
 */
record JobState(
    boolean counts, String status, String fence, String code, int attemptsUsed, LogEntry entry) {
  private static final Set<String> ENDS = Set.of("SUCCEEDED", "DEAD", "CANCELLED", "EXPIRED");

  /** Of each job all that was written, in order. */
  static Map<String, List<JobState>> byJob(List<LogEntry> state) {
    Map<Integer, Long> highestEpoch = new HashMap<>();
    Map<String, List<JobState>> jobs = new LinkedHashMap<>();
    for (LogEntry entry : state) {
      JsonNode says = entry.value() == null ? null : entry.json();
      if (says != null && says.path("type").asString("").equals("opened")) {
        highestEpoch.put(entry.partition(), entry.offset());
        continue;
      }
      long epoch =
          says == null ? Long.parseLong(entry.header("relevo-epoch")) : says.path("epoch").asLong();
      boolean counts = epoch >= highestEpoch.getOrDefault(entry.partition(), 0L);
      jobs.computeIfAbsent(entry.key(), _ -> new ArrayList<>()).add(of(counts, says, entry));
    }
    return jobs;
  }

  private static JobState of(boolean counts, JsonNode says, LogEntry entry) {
    if (says == null) {
      return new JobState(counts, "", "", "", 0, entry);
    }
    return new JobState(
        counts,
        says.path("status").asString(""),
        says.path("fence").asString(""),
        says.path("code").asString(""),
        says.path("attemptsUsed").asInt(0),
        entry);
  }

  boolean isEnd() {
    return ENDS.contains(status);
  }

  /** What it says, without the history that stands in its record. */
  @Override
  public String toString() {
    String words = "%s %s %s".formatted(status.isEmpty() ? "forgotten" : status, fence, code);
    return entry.where() + (counts ? " " : " (void) ") + words.strip();
  }
}
