package dev.relevo.common.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TopicRulesTest {
  private static final TopicLayout LAYOUT = new TopicLayout("relevo", 8, 64, 1);
  private static final TopicRules RULES = new TopicRules(LAYOUT);
  private static final Map<String, TopicSpec> EXPECTED = byName(RULES);

  private static Map<String, TopicSpec> byName(TopicRules rules) {
    return rules.expected().stream()
        .collect(Collectors.toMap(TopicSpec::name, Function.identity()));
  }

  private static List<TopicFinding> compareWith(TopicSpec changed) {
    Map<String, TopicSpec> existing = new HashMap<>(EXPECTED);
    existing.put(changed.name(), changed);
    return RULES.compare(existing);
  }

  private static TopicSpec with(String topic, String setting, String value) {
    TopicSpec spec = EXPECTED.get(topic);
    Map<String, String> settings = new HashMap<>(spec.settings());
    settings.put(setting, value);
    return new TopicSpec(topic, spec.partitions(), spec.replicationFactor(), settings);
  }

  @Test
  void theTopicsOfTheProtocol() {
    assertThat(EXPECTED)
        .containsOnlyKeys(
            "relevo.jobs",
            "relevo.jobs.batch",
            "relevo.assignments",
            "relevo.events",
            "relevo.heartbeats",
            "relevo.control",
            "relevo.state",
            "relevo.dead",
            "relevo.batches");
    assertThat(
            EXPECTED.values().stream()
                .collect(Collectors.toMap(TopicSpec::name, TopicSpec::partitions)))
        .containsEntry("relevo.jobs", 8)
        .containsEntry("relevo.jobs.batch", 8)
        .containsEntry("relevo.assignments", 64)
        .containsEntry("relevo.events", 8)
        .containsEntry("relevo.heartbeats", 1)
        .containsEntry("relevo.control", 1)
        .containsEntry("relevo.state", 8)
        .containsEntry("relevo.dead", 8)
        .containsEntry("relevo.batches", 8);
  }

  @ParameterizedTest
  @CsvSource({
    "relevo.jobs,retention.ms,604800000",
    "relevo.jobs,message.timestamp.type,LogAppendTime",
    "relevo.jobs,max.message.bytes,8388608",
    "relevo.jobs.batch,cleanup.policy,delete",
    "relevo.assignments,retention.ms,3600000",
    "relevo.assignments,max.message.bytes,8388608",
    "relevo.events,retention.ms,86400000",
    "relevo.heartbeats,retention.ms,600000",
    "relevo.heartbeats,message.timestamp.type,LogAppendTime",
    "relevo.control,retention.ms,604800000",
    "relevo.control,message.timestamp.type,LogAppendTime",
    "relevo.state,cleanup.policy,compact",
    "relevo.state,min.compaction.lag.ms,600000",
    "relevo.state,max.compaction.lag.ms,3600000",
    "relevo.dead,cleanup.policy,compact",
    "relevo.dead,max.message.bytes,9437184",
    "relevo.batches,cleanup.policy,compact"
  })
  void theirSettings(String topic, String setting, String value) {
    assertThat(EXPECTED.get(topic).settings()).containsEntry(setting, value);
  }

  @Test
  void segmentsRollSoThatTimeCanDeleteAndCompact() {
    assertThat(EXPECTED.values())
        .allSatisfy(spec -> {
          String limit =
              spec.settings()
                  .getOrDefault("retention.ms", spec.settings().get("max.compaction.lag.ms"));
          assertThat(Long.parseLong(spec.settings().get("segment.ms")))
              .isLessThan(Long.parseLong(limit));
        });
  }

  @Test
  void threeCopiesNeedTwoInSync() {
    assertThat(byName(new TopicRules(new TopicLayout("p", 1, 1, 3))).values())
        .allSatisfy(spec -> assertThat(spec.settings()).containsEntry("min.insync.replicas", "2"));
    assertThat(EXPECTED.values())
        .allSatisfy(spec -> assertThat(spec.settings()).doesNotContainKey("min.insync.replicas"));
  }

  @Test
  void repliesAreDeletedByTime() {
    assertThat(RULES.replies("relevo.replies.x", 1, Duration.ofHours(25)).settings())
        .containsEntry("retention.ms", "90000000")
        .containsEntry("cleanup.policy", "delete");
  }

  @Test
  void whatIsAsExpectedIsFine() {
    assertThat(RULES.compare(EXPECTED)).isEmpty();
    assertThat(RULES.compare(Map.of())).isEmpty();
  }

  @Test
  void anotherNumberOfPartitionsBreaksARule() {
    TopicSpec spec = EXPECTED.get("relevo.events");

    assertThat(compareWith(new TopicSpec(spec.name(), 4, 1, spec.settings())))
        .singleElement()
        .satisfies(finding -> {
          assertThat(finding.breaksRule()).isTrue();
          assertThat(finding.sentence())
              .startsWith("Topic relevo.events has 4 partitions, expected 8:");
        });
  }

  @Test
  void fewerCopiesThanConfiguredAreWorthKnowing() {
    TopicRules three = new TopicRules(new TopicLayout("relevo", 8, 64, 3));
    Map<String, TopicSpec> existing = new HashMap<>(byName(three));
    TopicSpec spec = existing.get("relevo.state");
    existing.put(spec.name(), new TopicSpec(spec.name(), 8, 2, spec.settings()));

    assertThat(three.compare(existing))
        .singleElement()
        .satisfies(finding -> assertThat(finding.breaksRule()).isFalse());
  }

  @ParameterizedTest
  @CsvSource({
    "relevo.state,cleanup.policy,delete,true",
    "relevo.state,cleanup.policy,'compact,delete',true",
    "relevo.jobs,cleanup.policy,compact,true",
    "relevo.jobs,retention.ms,1000,true",
    "relevo.jobs,message.timestamp.type,CreateTime,true",
    "relevo.control,message.timestamp.type,CreateTime,true",
    "relevo.jobs,max.message.bytes,1048588,true",
    "relevo.dead,min.compaction.lag.ms,0,true",
    "relevo.heartbeats,segment.ms,604800000,false",
    "relevo.state,max.compaction.lag.ms,9223372036854775807,false"
  })
  void saysWhichSettingIsWrong(String topic, String setting, String value, boolean breaksRule) {
    assertThat(compareWith(with(topic, setting, value)))
        .singleElement()
        .satisfies(finding -> {
          assertThat(finding.breaksRule()).isEqualTo(breaksRule);
          assertThat(finding.sentence())
              .startsWith("Topic " + topic + " has " + setting + "=" + value + "; it ");
        });
  }

  @ParameterizedTest
  @CsvSource({
    "relevo.jobs,retention.ms,-1",
    "relevo.jobs,retention.ms,999999999999",
    "relevo.jobs,segment.ms,1000",
    "relevo.events,message.timestamp.type,LogAppendTime"
  })
  void moreThanIsAskedForIsFine(String topic, String setting, String value) {
    assertThat(compareWith(with(topic, setting, value))).isEmpty();
  }

  @Test
  void aLayoutNamesWhatIsOutOfRange() {
    assertThatThrownBy(() -> new TopicLayout("p", 0, 1, 1))
        .hasMessage("jobsPartitions is 0, expected 1 to 10000");
  }
}
