package dev.relevo.launcher.storm;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;
import tools.jackson.databind.JsonNode;

/** What stands in Kafka, for whoever comes when all is over. */
final class Evidence implements AutoCloseable {
  private static final long LOOK_AGAIN_MS = 300;

  private final LogReader state;
  private final LogReader dead;
  private final LogReader beats;
  private final LogReader replies;

  Evidence(String bootstrap, Collection<TopicPartition> places) {
    state = LogReader.of(bootstrap, "relevo.state", StormPlan.HOMES);
    dead = LogReader.of(bootstrap, "relevo.dead", StormPlan.HOMES);
    beats = LogReader.of(bootstrap, "relevo.heartbeats", 1);
    replies = new LogReader(bootstrap, places);
  }

  /** Whether state says of each of these jobs that it has ended. */
  boolean allEnded(List<String> jobs) {
    Map<String, List<JobState>> states = states();
    return jobs.stream()
        .allMatch(job ->
            states.getOrDefault(job, List.of()).stream()
                .filter(JobState::counts)
                .reduce((_, later) -> later)
                .filter(JobState::isEnd)
                .isPresent());
  }

  Map<String, List<JobState>> states() {
    return JobState.byJob(state.toEnd());
  }

  List<Letter> letters() {
    return Letter.lying(dead.toEnd());
  }

  /** Of each topic and job its records, in order. */
  Map<String, List<LogEntry>> replies() {
    Map<String, List<LogEntry>> byJob = new HashMap<>();
    for (LogEntry entry : replies.toEnd()) {
      byJob.computeIfAbsent(entry.topic() + " " + entry.key(), _ -> new ArrayList<>()).add(entry);
    }
    return byJob;
  }

  /** Waits until each node says that it has nothing to do; tells of those that do not. */
  List<String> awaitIdle(List<String> nodes, StormClock clock, long boundMs)
      throws InterruptedException {
    long untilMs = clock.nowMs() + boundMs;
    while (true) {
      Map<String, JsonNode> newest = new HashMap<>();
      beats.toEnd().forEach(beat -> newest.put(beat.key(), beat.json()));
      List<String> busy =
          nodes.stream()
              .filter(node -> !isIdle(newest.get(node)))
              .map(node -> node + " is not idle at the end: " + newest.get(node))
              .toList();
      if (busy.isEmpty() || clock.nowMs() > untilMs) {
        return busy;
      }
      if (!clock.awaitUntil(clock.nowMs() + LOOK_AGAIN_MS)) {
        return busy;
      }
    }
  }

  private static boolean isIdle(JsonNode beat) {
    return beat != null
        && beat.path("state").asString("").equals("READY")
        && beat.path("attempts").isEmpty();
  }

  @Override
  public void close() {
    for (LogReader reader : List.of(state, dead, beats, replies)) {
      reader.close();
    }
  }
}
