package dev.relevo.common.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Pins every name that producers, readers and nodes of others rely on. */
class ContractTest {

  @Test
  void topics() {
    TopicNames topics = new TopicNames("relevo");

    assertThat(topics.jobs()).isEqualTo("relevo.jobs");
    assertThat(topics.batchJobs()).isEqualTo("relevo.jobs.batch");
    assertThat(topics.lane(Lane.JOBS)).isEqualTo("relevo.jobs");
    assertThat(topics.lane(Lane.BATCH)).isEqualTo("relevo.jobs.batch");
    assertThat(topics.assignments()).isEqualTo("relevo.assignments");
    assertThat(topics.events()).isEqualTo("relevo.events");
    assertThat(topics.heartbeats()).isEqualTo("relevo.heartbeats");
    assertThat(topics.control()).isEqualTo("relevo.control");
    assertThat(topics.state()).isEqualTo("relevo.state");
    assertThat(topics.dead()).isEqualTo("relevo.dead");
    assertThat(topics.batches()).isEqualTo("relevo.batches");
    assertThat(topics.file("x")).isEqualTo("relevo.files.x");
    assertThat(topics.gatewayGroup()).isEqualTo("relevo.gateways");
    assertThat(topics.replies("x")).isEqualTo("relevo.replies.x");
    assertThat(topics.inbox("x")).isEqualTo("relevo.inbox.x");
    assertThat(topics.dispatcherGroup()).isEqualTo("relevo.dispatchers");
    assertThat(new TopicNames("team-a").jobs()).isEqualTo("team-a.jobs");
  }

  @Test
  void onlyAUuidV7NamesAFile() {
    TopicNames topics = new TopicNames("relevo");
    String file = "01997f6e-4b1c-7d50-8a43-0f6b8a0c5d11";

    assertThat(topics.fileOf(topics.file(file))).contains(file);
    assertThat(topics.fileOf("relevo.files.mine")).isEmpty();
    assertThat(topics.fileOf("relevo.replies." + file)).isEmpty();
  }

  @Test
  void onlyRepliesAndInboxesAreReplyPlaces() {
    TopicNames topics = new TopicNames("relevo");

    assertThat(topics.isReplyPlace("relevo.replies.x")).isTrue();
    assertThat(topics.isReplyPlace("relevo.inbox.x")).isTrue();
    assertThat(topics.isReplyPlace("relevo.jobs")).isFalse();
    assertThat(topics.isReplyPlace("other.replies.x")).isFalse();
  }

  @Test
  void headers() {
    assertThat(constants(HeaderNames.class))
        .containsExactlyInAnyOrderEntriesOf(
            Map.ofEntries(
                Map.entry("REPLY_TOPIC", "relevo-reply-topic"),
                Map.entry("REPLY_PARTITION", "relevo-reply-partition"),
                Map.entry("REPLY_OFFSET", "relevo-reply-offset"),
                Map.entry("MODEL", "relevo-model"),
                Map.entry("FALLBACK_MODELS", "relevo-fallback-models"),
                Map.entry("MAX_WAIT", "relevo-max-wait"),
                Map.entry("STRATEGY", "relevo-strategy"),
                Map.entry("SESSION", "relevo-session"),
                Map.entry("TENANT", "relevo-tenant"),
                Map.entry("PRIORITY", "relevo-priority"),
                Map.entry("DEADLINE", "relevo-deadline"),
                Map.entry("FAILOVER", "relevo-failover"),
                Map.entry("MAX_ATTEMPTS", "relevo-max-attempts"),
                Map.entry("REPLAY", "relevo-replay"),
                Map.entry("TRACEPARENT", "traceparent"),
                Map.entry("FENCE", "relevo-fence"),
                Map.entry("HOME", "relevo-home"),
                Map.entry("NODE", "relevo-node"),
                Map.entry("INCARNATION", "relevo-incarnation"),
                Map.entry("FIRST", "relevo-first"),
                Map.entry("STARTED_OFFSET", "relevo-started-offset"),
                Map.entry("REPLAYED_AT", "relevo-replayed-at"),
                Map.entry("ATTEMPT", "relevo-attempt"),
                Map.entry("EPOCH", "relevo-epoch"),
                Map.entry("DEAD", "relevo-dead")));
  }

  @Test
  void failureCodes() {
    assertThat(constants(FailureCodes.class).values())
        .containsExactlyInAnyOrder(
            "invalid_request",
            "content_filter",
            "no_workers_available",
            "deadline_exceeded",
            "attempts_exhausted",
            "stream_broken",
            "malformed_record",
            "forbidden_reply_place",
            "already_submitted",
            "backend_error",
            "backend_busy",
            "context_too_long",
            "node_lost",
            "record_gone",
            "reply_gone");
  }

  @Test
  void namesThatAreNoConstants() {
    assertThat(new Fence(3, 118, 41).toString()).isEqualTo("3.118.41");
    assertThat(StateRecord.OPENED_KEY).isEqualTo("\u0001opened");
    assertThat(Lane.values()).extracting(Lane::text).containsExactly("jobs", "batch");
    assertThat(Failover.values())
        .extracting(Failover::text)
        .containsExactly("seamless", "restart", "none");
  }

  /** The texts of a class of constants, by field name. */
  static Map<String, String> constants(Class<?> type) {
    Map<String, String> constants = new TreeMap<>();
    for (Field field : type.getFields()) {
      if (Modifier.isStatic(field.getModifiers()) && field.getType() == String.class) {
        try {
          constants.put(field.getName(), (String) field.get(null));
        } catch (IllegalAccessException e) {
          throw new AssertionError(e);
        }
      }
    }
    return constants;
  }
}
