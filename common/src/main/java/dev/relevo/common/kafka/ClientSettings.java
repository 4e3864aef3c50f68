package dev.relevo.common.kafka;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.jspecify.annotations.Nullable;

/** Our defaults, the user's properties over them, and over those what the protocol fixes. Pure. */
final class ClientSettings {
  private static final List<Set<String>> KNOWN =
      List.of(
          ProducerConfig.configNames(),
          ConsumerConfig.configNames(),
          AdminClientConfig.configNames());

  /** Names that belong to one profile's purpose or to the protocol; their owner is in the error. */
  private static final Map<String, String> FIXED =
      Map.ofEntries(
          Map.entry("acks", "all: what is acknowledged must survive (protocol section 6)"),
          Map.entry("enable.idempotence", "true: order and no duplicates (protocol section 6)"),
          Map.entry("transactional.id", "absent: fences do the work of transactions"),
          Map.entry("isolation.level", "read_uncommitted: fences decide what counts"),
          Map.entry("enable.auto.commit", "false: offsets are committed after their effects"),
          Map.entry("auto.offset.reset", "set by what the consumer is for"),
          Map.entry("allow.auto.create.topics", "false: topics have rules (protocol section 1)"),
          Map.entry("group.id", "set by what the consumer is for"),
          Map.entry("group.instance.id", "absent: a member that left must be gone at once"),
          Map.entry("group.protocol", "classic: its sessions can be short"),
          Map.entry("partition.assignment.strategy", "RangeAssignor: it keeps both lanes together"),
          Map.entry("key.serializer", "text"),
          Map.entry("value.serializer", "bytes"),
          Map.entry("key.deserializer", "text"),
          Map.entry("value.deserializer", "bytes"));

  private ClientSettings() {}

  /**
   * @param known the names the client at hand knows; a user's property that only another kind of
   *     client knows is left out, one that none knows is passed on (plug-ins read such)
   */
  static Map<String, Object> merge(
      KafkaAccess access,
      String clientId,
      Map<String, Object> defaults,
      Map<String, Object> fixed,
      Set<String> known) {
    check(access);
    Map<String, Object> merged = new HashMap<>(common());
    merged.putAll(defaults);
    access
        .properties()
        .forEach((name, value) -> {
          if (known.contains(name) || KNOWN.stream().noneMatch(all -> all.contains(name))) {
            merged.put(name, value);
          }
        });
    merged.putAll(fixed);
    String prefix = access.properties().get(CommonClientConfigs.CLIENT_ID_CONFIG);
    merged.put(
        CommonClientConfigs.CLIENT_ID_CONFIG, prefix == null ? clientId : prefix + "-" + clientId);
    merged.put(CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG, access.bootstrapServers());
    return merged;
  }

  private static Map<String, Object> common() {
    return Map.of(
        CommonClientConfigs.METADATA_MAX_AGE_CONFIG, 60_000,
        CommonClientConfigs.ENABLE_METRICS_PUSH_CONFIG, false,
        CommonClientConfigs.RECONNECT_BACKOFF_MS_CONFIG, 20,
        CommonClientConfigs.RECONNECT_BACKOFF_MAX_MS_CONFIG, 500,
        CommonClientConfigs.RETRY_BACKOFF_MS_CONFIG, 20,
        CommonClientConfigs.RETRY_BACKOFF_MAX_MS_CONFIG, 500,
        CommonClientConfigs.SOCKET_CONNECTION_SETUP_TIMEOUT_MS_CONFIG, 3_000,
        CommonClientConfigs.SOCKET_CONNECTION_SETUP_TIMEOUT_MAX_MS_CONFIG, 10_000);
  }

  private static void check(KafkaAccess access) {
    Map<String, String> properties = access.properties();
    for (String name : properties.keySet().stream().sorted().toList()) {
      String fixed = FIXED.get(name);
      if (fixed != null && !says(fixed, properties, name)) {
        throw fixed(name, properties.get(name), fixed);
      }
    }
    String servers = properties.get(CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG);
    if (servers != null && !servers.equals(access.bootstrapServers())) {
      throw fixed("bootstrap.servers", servers, "set by kafka.bootstrap-servers");
    }
  }

  /** Whether the user only repeats what is fixed anyway. */
  private static boolean says(String fixed, Map<String, String> properties, String name) {
    int end = fixed.indexOf(':');
    return end > 0 && fixed.substring(0, end).equals(properties.get(name));
  }

  private static KafkaProblem fixed(String name, @Nullable String value, String reason) {
    return new KafkaProblem(
        KafkaProblem.Kind.BAD_SETTING,
        "kafka.properties sets "
            + name
            + " to '"
            + value
            + "', but Relevo keeps it "
            + reason
            + ". Remove it.",
        null);
  }
}
