package dev.relevo.common.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Names and defaults are an interface: whoever changes one has to change this test. */
class SettingsDefaultsTest {
  private static final String ALL =
"""
kafka.bootstrap-servers = localhost:9092
kafka.properties = {}
kafka.topics.prefix = relevo
kafka.topics.jobs-partitions = 8
kafka.topics.slots = 64
kafka.topics.inbox-partitions = 4
kafka.topics.replication-factor = 1
dispatcher.strategy = local-first
dispatcher.ack-timeout = 2s
dispatcher.missed-heartbeats = 3
dispatcher.window = 10000
dispatcher.window-bytes = 256MiB
dispatcher.parked-max = 1000000
dispatcher.ageing = 30s
dispatcher.tenants = none
dispatcher.batch-reserve = 10
dispatcher.retry.max-attempts = 3
dispatcher.retry.initial-backoff = 1s
dispatcher.retry.max-backoff = 30s
dispatcher.deadline = 15m
dispatcher.batch-deadline = 24h
dispatcher.dedupe-window = 24h
dispatcher.dedupe-max = 100000
dispatcher.cancels-max = 100000
dispatcher.reply-retention = 10m
dispatcher.heartbeat-interval = 250ms
dispatcher.session-timeout = 6s
dispatcher.commit-interval = 1s
dispatcher.host = 127.0.0.1
dispatcher.port = 0
node.id = host name and a random suffix
node.capacity = 8
node.strategy = local-first
node.heartbeat-interval = 1s
node.drain-timeout = 60s
node.chunk-linger = 5ms
node.health-check.interval = 30s
node.health-check.timeout = 5s
node.backends[0].name = the type
node.backends[0].type = ollama
node.backends[0].base-url = the type's own address, for ollama http://localhost:11434
node.backends[0].api-key = none
node.backends[0].models = empty: ask the backend
node.backends[0].priority = 10
node.backends[0].weight = 1
node.backends[0].capabilities.continue-prefix = auto
node.backends[0].timeouts.connect = 3s
node.backends[0].timeouts.first-token = 30s
node.backends[0].timeouts.idle = 30s
node.backends[0].timeouts.total = 15m
node.backends[0].retry.max-attempts = 3
node.backends[0].retry.initial-backoff = 500ms
node.backends[0].retry.max-backoff = 5s
node.backends[0].circuit-breaker.failure-rate = 50
node.backends[0].circuit-breaker.minimum-calls = 5
node.backends[0].circuit-breaker.open = 30s
node.backends[0].circuit-breaker.half-open-calls = 3
node.backends[0].limits.concurrent = 0
node.backends[0].limits.requests-per-minute = 0
node.backends[0].limits.tokens-per-minute = 0
node.host = 127.0.0.1
node.port = 0
gateway.host = 127.0.0.1
gateway.port = 8484
gateway.reply-mode = inbox
gateway.max-wait = 30s
gateway.drain-timeout = 10s
gateway.api-keys[0].key = needed
gateway.api-keys[0].name = its place in the list: `key-1`
gateway.api-keys[0].tenant = default
gateway.api-keys[0].rights = [chat, operate]
gateway.api-keys[0].requests-per-minute = 0
gateway.api-keys[0].concurrent = 0
gateway.limits.concurrent = 2000
gateway.limits.requests-per-minute = 0
gateway.limits.request-bytes = 8128KiB
gateway.limits.file-bytes = 200MiB
gateway.limits.header-bytes = 16KiB
gateway.limits.connections = 4096
gateway.limits.request-timeout = 30s
gateway.limits.idle-timeout = 75s
gateway.limits.slow-reader = 30s
gateway.tls.certificate = none
gateway.tls.private-key = none
gateway.batches.window = 128
gateway.batches.running = 32
gateway.batches.open-per-tenant = 16
gateway.batches.files = 2000
client.reply-mode = topic-per-request
client.ready-topics = 32
client.reply-topic-retention = 25h
client.chunk-buffer = 1024
""";

  @TempDir Path folder;

  @Test
  void namesAndDefaultsAreThese() {
    StringBuilder table = new StringBuilder();
    for (SettingPath path : SettingPaths.all()) {
      table.append(path.key()).append(" = ").append(path.setting().defaultText()).append('\n');
    }
    assertThat(table).hasToString(ALL);
  }

  @Test
  void defaultsMatchTheRecords() {
    Settings settings = new SettingsLoader(() -> "node-1").load(null, Map.of());

    assertThat(settings)
        .isEqualTo(
            new Settings(
                new KafkaSettings(
                    "localhost:9092", true, Map.of(), new TopicSettings("relevo", 8, 64, 4, 1)),
                dispatcher(),
                new NodeSettings(
                    "node-1",
                    8,
                    "local-first",
                    Duration.ofSeconds(1),
                    Duration.ofSeconds(60),
                    Duration.ofMillis(5),
                    new HealthCheckSettings(Duration.ofSeconds(30), Duration.ofSeconds(5)),
                    List.of(BackendSettings.localOllama()),
                    "127.0.0.1",
                    0),
                new GatewaySettings(
                    "127.0.0.1",
                    8484,
                    List.of(),
                    ReplyMode.INBOX,
                    Duration.ofSeconds(30),
                    Duration.ofSeconds(10),
                    new GatewayLimitSettings(
                        2_000,
                        0,
                        8_128L << 10,
                        200L << 20,
                        16L << 10,
                        4_096,
                        Duration.ofSeconds(30),
                        Duration.ofSeconds(75),
                        Duration.ofSeconds(30)),
                    new TlsSettings("", ""),
                    new BatchSettings(128, 32, 16, 2_000)),
                new ClientSettings(ReplyMode.TOPIC_PER_REQUEST, 32, Duration.ofHours(25), 1024)));
  }

  private static DispatcherSettings dispatcher() {
    return new DispatcherSettings(
        "local-first",
        Duration.ofSeconds(2),
        3,
        10_000,
        256L * 1024 * 1024,
        1_000_000,
        Duration.ofSeconds(30),
        Map.of(),
        10,
        new RetrySettings(3, Duration.ofSeconds(1), Duration.ofSeconds(30)),
        Duration.ofMinutes(15),
        Duration.ofHours(24),
        Duration.ofHours(24),
        100_000,
        100_000,
        Duration.ofMinutes(10),
        Duration.ofMillis(250),
        Duration.ofSeconds(6),
        Duration.ofSeconds(1),
        "127.0.0.1",
        0);
  }

  @Test
  void theWholeExampleParsesToTheDefaults() throws Exception {
    Path file = Files.writeString(folder.resolve("relevo.yaml"), WHOLE_EXAMPLE);

    Settings read = new SettingsLoader().load(file, Map.of());

    Settings defaults = new SettingsLoader(() -> "node-1").load(null, Map.of());
    KafkaSettings kafka = defaults.kafka();
    assertThat(read)
        .isEqualTo(
            new Settings(
                // An address in the file means a Kafka that is there.
                new KafkaSettings(
                    kafka.bootstrapServers(), false, kafka.properties(), kafka.topics()),
                defaults.dispatcher(),
                defaults.node(),
                defaults.gateway(),
                defaults.client()));
  }

  @Test
  void theDefaultBackendIsOllamaOnThisMachine() {
    BackendSettings backend = Settings.defaults().node().backends().get(0);

    assertThat(backend.name()).isEqualTo("ollama-local");
    assertThat(backend.type()).isEqualTo("ollama");
    assertThat(backend.baseUrl()).hasToString("http://localhost:11434");
    assertThat(backend.models()).containsExactly("gemma3:4b");
    assertThat(backend.apiKey().isPresent()).isFalse();
    assertThat(backend.retry())
        .isEqualTo(new RetrySettings(3, Duration.ofMillis(500), Duration.ofSeconds(5)));
  }

  @Test
  void aNodeWithoutIdIsNamedAfterTheHostAndNeverTwiceTheSame() {
    String one = Settings.defaults().node().id();
    String other = Settings.defaults().node().id();

    assertThat(one).matches("[A-Za-z0-9._-]+-[0-9a-f]{6}").isNotEqualTo(other);
  }

  private static final String WHOLE_EXAMPLE =
      """
      kafka:
        bootstrap-servers: localhost:9092  # `up` and `broker` start one there when this is `embedded` or absent
        properties: {}                   # any Kafka client property: security.protocol, sasl.*, ssl.*
        topics: { prefix: relevo, jobs-partitions: 8, slots: 64, replication-factor: 1 }
      dispatcher:
        strategy: local-first            # local-first | round-robin | random | weighted | least-loaded | fastest | sticky
        ack-timeout: 2s
        missed-heartbeats: 3
        window: 10000
        window-bytes: 256MiB
        retry: { max-attempts: 3, initial-backoff: 1s, max-backoff: 30s }
        dedupe-window: 24h
      node:
        id: node-1                       # default: host name and a random suffix
        capacity: 8                      # concurrent jobs
        strategy: local-first            # among this node's own backends
        heartbeat-interval: 1s
        drain-timeout: 60s
        health-check: { interval: 30s, timeout: 5s }
        backends:                        # none: Ollama at localhost:11434, gemma3:4b
          - name: ollama-local
            type: ollama                 # ollama | openai | groq | gemini | anthropic | cohere | echo | a ServiceLoader name
            base-url: http://localhost:11434
            api-key: ${OLLAMA_KEY:}
            models: [gemma3:4b]          # empty: ask the backend; patterns such as llama3* allowed
            priority: 10                 # lower is preferred: local 10, cheap cloud 50, dear cloud 100
            weight: 1
            capabilities: { continue-prefix: auto }
            timeouts: { connect: 3s, first-token: 30s, idle: 30s, total: 15m }
            retry: { max-attempts: 3, initial-backoff: 500ms, max-backoff: 5s }
            circuit-breaker: { failure-rate: 50, minimum-calls: 5, open: 30s, half-open-calls: 3 }
      gateway:
        host: 127.0.0.1
        port: 8484
        api-keys: []                     # empty: allowed on loopback only; refused at start on any other address
        reply-mode: inbox                # inbox | topic-per-request
      client:
        reply-mode: topic-per-request
      """;
}
