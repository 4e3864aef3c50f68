package dev.relevo.common.kafka;

import dev.relevo.common.protocol.TopicNames;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.apache.kafka.common.config.TopicConfig;

/** The topics as the protocol wants them (section 1), and what is wrong with others. Pure. */
public final class TopicRules {
  /** The lanes keep a job for so long; a job's deadline lies at least a day before. */
  public static final Duration JOBS_RETENTION = Duration.ofDays(7);

  /** The largest record of a lane and of the assignments. */
  public static final int MAX_MESSAGE_BYTES = 8 << 20;

  /** Partitions of an inbox, unless configured. */
  public static final int DEFAULT_INBOX_PARTITIONS = 4;

  /** A reply topic outlives its job's deadline by so much: a later attempt reads it back. */
  public static final Duration REPLY_MARGIN = Duration.ofHours(1);

  private static final Duration COMPACTION_LAG_MIN = Duration.ofMinutes(10);
  private static final int COPIES_THAT_NEED_TWO_IN_SYNC = 3;

  private final TopicLayout layout;

  public TopicRules(TopicLayout layout) {
    this.layout = layout;
  }

  /** The house's own topics. */
  public List<TopicSpec> expected() {
    TopicNames names = layout.names();
    int homes = layout.jobsPartitions();
    return List.of(
        lane(names.jobs()),
        lane(names.batchJobs()),
        spec(
            names.assignments(),
            layout.slots(),
            timed(Duration.ofHours(1), Duration.ofMinutes(10)),
            large(MAX_MESSAGE_BYTES)),
        spec(names.events(), homes, timed(Duration.ofDays(1), Duration.ofHours(1))),
        spec(
            names.heartbeats(),
            1,
            timed(Duration.ofMinutes(10), Duration.ofMinutes(2)),
            appendTime()),
        spec(names.control(), 1, timed(Duration.ofDays(7), Duration.ofDays(1)), appendTime()),
        spec(names.state(), homes, compacted(Duration.ofMinutes(10), Duration.ofHours(1))),
        spec(
            names.dead(),
            homes,
            compacted(Duration.ofHours(1), Duration.ofDays(1)),
            large(KafkaClients.MAX_REQUEST_BYTES)),
        spec(names.batches(), homes, compacted(Duration.ofHours(1), Duration.ofDays(1))));
  }

  /**
   * A reply topic or an inbox.
   *
   * @param retention at least the longest time from submit to deadline of any job answered there,
   *     and {@link #REPLY_MARGIN}
   */
  public TopicSpec replies(String name, int partitions, Duration retention) {
    return spec(name, partitions, timed(retention, REPLY_MARGIN));
  }

  /**
   * A file of the HTTP gateway. All of it is written within minutes, so it goes in one piece.
   *
   * @param retention at least the time for which somebody may read it
   */
  public TopicSpec file(String name, Duration retention) {
    return spec(name, 1, timed(retention, retention));
  }

  /** What is wrong with topics that exist; those that are not expected are none of our business. */
  public List<TopicFinding> compare(Map<String, TopicSpec> existing) {
    List<TopicFinding> findings = new ArrayList<>();
    for (TopicSpec expected : expected()) {
      TopicSpec actual = existing.get(expected.name());
      if (actual != null) {
        comparePartitions(expected, actual, findings);
        compareCopies(expected, actual, findings);
        compareCleanup(expected, actual, findings);
        compareTimes(expected, actual, findings);
        compareRest(expected, actual, findings);
      }
    }
    return findings;
  }

  private TopicSpec lane(String name) {
    Map<String, String> more = new HashMap<>(appendTime());
    more.putAll(large(MAX_MESSAGE_BYTES));
    return spec(name, layout.jobsPartitions(), timed(JOBS_RETENTION, Duration.ofDays(1)), more);
  }

  private TopicSpec spec(String name, int partitions, Map<String, String> base) {
    return spec(name, partitions, base, Map.of());
  }

  private TopicSpec spec(
      String name, int partitions, Map<String, String> base, Map<String, String> more) {
    Map<String, String> settings = new HashMap<>(base);
    settings.putAll(more);
    if (layout.replicationFactor() >= COPIES_THAT_NEED_TWO_IN_SYNC) {
      settings.put(TopicConfig.MIN_IN_SYNC_REPLICAS_CONFIG, "2");
    }
    return new TopicSpec(name, partitions, layout.replicationFactor(), settings);
  }

  private static Map<String, String> timed(Duration retention, Duration segment) {
    return Map.of(
        TopicConfig.CLEANUP_POLICY_CONFIG, TopicConfig.CLEANUP_POLICY_DELETE,
        TopicConfig.RETENTION_MS_CONFIG, ms(retention),
        TopicConfig.SEGMENT_MS_CONFIG, ms(segment));
  }

  /** The active segment is never compacted, so it has to roll before the lag is over. */
  private static Map<String, String> compacted(Duration segment, Duration maxLag) {
    return Map.of(
        TopicConfig.CLEANUP_POLICY_CONFIG, TopicConfig.CLEANUP_POLICY_COMPACT,
        TopicConfig.SEGMENT_MS_CONFIG, ms(segment),
        TopicConfig.MIN_COMPACTION_LAG_MS_CONFIG, ms(COMPACTION_LAG_MIN),
        TopicConfig.MAX_COMPACTION_LAG_MS_CONFIG, ms(maxLag));
  }

  private static Map<String, String> appendTime() {
    return Map.of(TopicConfig.MESSAGE_TIMESTAMP_TYPE_CONFIG, "LogAppendTime");
  }

  private static Map<String, String> large(int bytes) {
    return Map.of(TopicConfig.MAX_MESSAGE_BYTES_CONFIG, Integer.toString(bytes));
  }

  private static String ms(Duration duration) {
    return Long.toString(duration.toMillis());
  }

  private static void comparePartitions(
      TopicSpec expected, TopicSpec actual, List<TopicFinding> findings) {
    if (actual.partitions() != expected.partitions()) {
      findings.add(
          TopicFinding.problem(
              "Topic "
                  + expected.name()
                  + " has "
                  + actual.partitions()
                  + " partitions, expected "
                  + expected.partitions()
                  + ": set kafka.topics to what is there, the same for every role, or use another"
                  + " prefix."));
    }
  }

  private static void compareCopies(
      TopicSpec expected, TopicSpec actual, List<TopicFinding> findings) {
    if (actual.replicationFactor() < expected.replicationFactor()) {
      findings.add(
          TopicFinding.warning(
              "Topic "
                  + expected.name()
                  + " has "
                  + actual.replicationFactor()
                  + " copies, configured are "
                  + expected.replicationFactor()
                  + ": reassign its partitions to have more."));
    }
  }

  private static void compareCleanup(
      TopicSpec expected, TopicSpec actual, List<TopicFinding> findings) {
    String name = TopicConfig.CLEANUP_POLICY_CONFIG;
    Set<String> wanted = policies(expected);
    Set<String> found = policies(actual);
    if (!found.isEmpty() && !found.equals(wanted)) {
      findings.add(
          broken(expected, name, String.join(",", found), "must be " + String.join(",", wanted)));
    }
  }

  private static Set<String> policies(TopicSpec spec) {
    return Arrays.stream(
            spec.settings().getOrDefault(TopicConfig.CLEANUP_POLICY_CONFIG, "").split(","))
        .map(String::strip)
        .filter(policy -> !policy.isEmpty())
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static void compareTimes(
      TopicSpec expected, TopicSpec actual, List<TopicFinding> findings) {
    long retention = number(actual, TopicConfig.RETENTION_MS_CONFIG, -1);
    long wanted = number(expected, TopicConfig.RETENTION_MS_CONFIG, -1);
    if (wanted >= 0 && retention >= 0 && retention < wanted) {
      findings.add(atLeast(expected, TopicConfig.RETENTION_MS_CONFIG, retention, wanted));
    }
    notAbove(expected, actual, TopicConfig.SEGMENT_MS_CONFIG, findings);
    notAbove(expected, actual, TopicConfig.MAX_COMPACTION_LAG_MS_CONFIG, findings);
    String lag = TopicConfig.MIN_COMPACTION_LAG_MS_CONFIG;
    long wantedLag = number(expected, lag, 0);
    long foundLag = number(actual, lag, wantedLag);
    if (foundLag < wantedLag) {
      findings.add(atLeast(expected, lag, foundLag, wantedLag));
    }
  }

  private static void notAbove(
      TopicSpec expected, TopicSpec actual, String name, List<TopicFinding> findings) {
    long wanted = number(expected, name, Long.MAX_VALUE);
    long found = number(actual, name, wanted);
    if (found > wanted) {
      findings.add(
          TopicFinding.warning(
              sentence(
                  expected,
                  name,
                  Long.toString(found),
                  "should be at most "
                      + wanted
                      + ", or old records stay longer than they should")));
    }
  }

  private static void compareRest(
      TopicSpec expected, TopicSpec actual, List<TopicFinding> findings) {
    String stamp = TopicConfig.MESSAGE_TIMESTAMP_TYPE_CONFIG;
    String wantedStamp = expected.settings().get(stamp);
    String foundStamp = actual.settings().get(stamp);
    if (wantedStamp != null && foundStamp != null && !wantedStamp.equals(foundStamp)) {
      findings.add(broken(expected, stamp, foundStamp, "must be " + wantedStamp));
    }
    for (String name :
        List.of(TopicConfig.MAX_MESSAGE_BYTES_CONFIG, TopicConfig.MIN_IN_SYNC_REPLICAS_CONFIG)) {
      long wanted = number(expected, name, 0);
      long found = number(actual, name, wanted);
      if (found < wanted) {
        findings.add(atLeast(expected, name, found, wanted));
      }
    }
  }

  private static TopicFinding atLeast(TopicSpec topic, String name, long found, long wanted) {
    return broken(topic, name, Long.toString(found), "must be at least " + wanted);
  }

  private static TopicFinding broken(TopicSpec topic, String name, String found, String rule) {
    return TopicFinding.problem(sentence(topic, name, found, rule));
  }

  private static String sentence(TopicSpec topic, String name, String found, String rule) {
    return "Topic "
        + topic.name()
        + " has "
        + name
        + "="
        + found
        + "; it "
        + rule
        + ": change it with kafka-configs --alter, or use another prefix.";
  }

  private static long number(TopicSpec spec, String name, long otherwise) {
    String text = spec.settings().get(name);
    return text == null ? otherwise : Long.parseLong(text);
  }
}
