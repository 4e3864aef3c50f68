package dev.relevo.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.AppenderBase;
import dev.relevo.broker.TestBroker;
import dev.relevo.common.config.SettingsLoader;
import dev.relevo.common.kafka.KafkaClients;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A house whose model server says its key in every way it can: the key is nowhere to be found. And
 * what the log tells of a job whose first backend failed.
 */
@Timeout(300)
@Isolated("it changes what is logged, and looks at all of it")
class SecretsTest {
  private static final String KEY = "sk-Kanarienvogel+77/xQ9zGeheim";
  private static final String PASSWORD = "kafka-Papagei-4711";

  /** What stands in a prompt: it has to be found, or the search is blind. */
  private static final String PLANTED = "planted-Nachtigall-31";

  private static final Pattern ADDRESS = Pattern.compile("metrics at (http://\\S+)");

  @TempDir Path folder;
  private final String prefix = "secrets-" + UUID.randomUUID();
  private final Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
  private final Captured log = new Captured();
  private final List<TestTerminal> roles = new ArrayList<>();
  private final List<CompletableFuture<Integer>> ends = new ArrayList<>();
  private final Map<String, String> found = new TreeMap<>();
  private LeakyServer server;
  private Path file;

  /** Each event as it is, as a line of text and as one of JSON. */
  private static final class Captured extends AppenderBase<ILoggingEvent> {
    private final LogLine text = new LogLine(new LogMode(true, true, true, LogFormat.TEXT));
    private final JsonLine json = new JsonLine(new LogMode(true, true, true, LogFormat.JSON));
    final Queue<String> texts = new ConcurrentLinkedQueue<>();
    final Queue<String> objects = new ConcurrentLinkedQueue<>();

    /** Of our own code, before the last net. */
    final Queue<String> raw = new ConcurrentLinkedQueue<>();

    @Override
    protected void append(ILoggingEvent event) {
      texts.add(text.doLayout(event));
      objects.add(json.doLayout(event));
      if (event.getLoggerName().startsWith("dev.relevo")) {
        raw.add(event.getFormattedMessage() + " " + event.getKeyValuePairs());
        if (event.getThrowableProxy() != null) {
          raw.add(ThrowableProxyUtil.asString(event.getThrowableProxy()));
        }
      }
    }
  }

  @BeforeEach
  void open() throws Exception {
    server = new LeakyServer(KEY);
    log.setContext(root.getLoggerContext());
    log.start();
    root.addAppender(log);
    ((Logger) LoggerFactory.getLogger("dev.relevo")).setLevel(Level.TRACE);
    ((Logger) LoggerFactory.getLogger("org.apache.kafka.clients")).setLevel(Level.INFO);
    Files.writeString(folder.resolve("key"), KEY + "\n");
    file = Files.writeString(folder.resolve("relevo.yaml"), settings());
    assertThat(tool("topics", "create").err()).isEmpty();
    role("dispatcher");
    role("node");
  }

  private String settings() {
    return """
    kafka:
      bootstrap-servers: %s
      topics: { prefix: %s, jobs-partitions: 1, slots: 1 }
      properties:
        sasl.jaas.config: 'org.apache.kafka.common.security.plain.PlainLoginModule required username="u" password="%s";'
        ssl.key.password: %s
    dispatcher:
      retry: { max-attempts: 1 }
    node:
      id: leaky
      heartbeat-interval: 200ms
      health-check: { interval: 30s, timeout: 30s }
      backends:
        - { name: bad, type: openai, base-url: "%s", api-key: "${file:key}", models: [m-story] }
        - name: good
          type: openai
          base-url: %s
          api-key: ${file:key}
          models: [m-story, m-frame, m-redirect, m-body, "sk-*"]
          priority: 20
        - { name: sick, type: openai, base-url: "%s", api-key: "${file:key}", models: [m-sick] }
    gateway:
      api-keys: ["${file:key}"]
    """
        .formatted(
            TestBroker.shared().bootstrapServers(),
            prefix,
            PASSWORD,
            PASSWORD,
            server.url("bad"),
            server.url("good"),
            server.url("sick"));
  }

  private void role(String name) {
    TestTerminal terminal = new TestTerminal();
    roles.add(terminal);
    ends.add(CompletableFuture.supplyAsync(() -> terminal.run(name, "-c", file.toString(), "-v")));
  }

  @AfterEach
  void close() throws Exception {
    for (TestTerminal role : roles.reversed()) {
      role.signal().raise(StopSignal.Kind.TERMINATE);
    }
    for (CompletableFuture<Integer> end : ends) {
      end.get(60, TimeUnit.SECONDS);
    }
    root.detachAppender(log);
    server.close();
  }

  private TestTerminal tool(String... arguments) {
    TestTerminal terminal = new TestTerminal();
    List<String> all = new ArrayList<>(List.of(arguments));
    all.addAll(List.of("-c", file.toString()));
    terminal.run(all.toArray(String[]::new));
    found.put("relevo " + String.join(" ", arguments), terminal.out() + terminal.err());
    return terminal;
  }

  private String submit(String model) {
    TestTerminal terminal = tool("submit", "--json", "-m", model, "Say " + PLANTED);
    assertThat(terminal.out()).as(terminal.err()).isNotEmpty();
    return terminal.out();
  }

  @Test
  void theKeyIsNowhereToBeFound() throws Exception {
    assertThat(submit("m-frame")).contains("failed", "[secret]");
    assertThat(submit("m-redirect")).contains("failed", "302");
    assertThat(submit("m-body")).contains("failed", "[secret]");
    assertThat(server.askedWithKey()).as("it had a key to tell").isGreaterThan(3);
    search();

    assertThat(where(KEY)).isEmpty();
    assertThat(where(KEY.substring(0, 12))).isEmpty();
    assertThat(where(KEY.substring(KEY.length() - 12))).isEmpty();
    assertThat(where("S2FuYXJpZW52b2dlb")).as("base64 of its middle").isEmpty();
    assertThat(where("%2B77%2FxQ9z")).as("percent-encoded").isEmpty();
    assertThat(where("sk-Kan********heim")).as("masked").isEmpty();
    assertThat(where(PASSWORD)).isEmpty();
    assertThat(where(PLANTED))
        .as("the search finds what is there, and only where it may be")
        .contains("topic " + prefix + ".jobs", "topic " + prefix + ".dead")
        .doesNotContain("log as text", "log as JSON", "log as it was meant", "metrics");
    assertThat(where("[secret]"))
        .as("the echo came this far")
        .contains("topic " + prefix + ".dead", "topic " + prefix + ".events", "log as JSON");
  }

  private void search() throws Exception {
    tool("nodes");
    tool("jobs", "--json");
    tool("dead", "list");
    // A reader hears of the end a moment before the letter lies there; the time limit bounds this.
    List<String> letters = List.of();
    while (letters.size() < 3) {
      letters = tool("dead", "list", "--json").out().lines().toList();
    }
    for (String line : letters) {
      String job = new JsonMapper().readTree(line).path("job").stringValue();
      tool("dead", "show", job);
      tool("dead", "show", "--json", job);
      tool("jobs", job);
    }
    brokenSettings();
    found.put("settings", new SettingsLoader().load(file, Map.of()).toString());
    for (TestTerminal role : roles) {
      found.merge("roles", role.out() + role.err(), String::concat);
      Matcher address = ADDRESS.matcher(role.out());
      assertThat(address.find()).as(role.out() + role.err()).isTrue();
      for (String path : List.of("metrics", "healthz", "readyz")) {
        found.merge(path, get(address.group(1) + "/" + path), String::concat);
      }
    }
    topics();
    found.put("log as text", String.join("", log.texts));
    found.put("log as JSON", String.join("", log.objects));
    found.put("log as it was meant", String.join("\n", log.raw));
  }

  private void brokenSettings() throws Exception {
    Path broken =
        Files.writeString(
            folder.resolve("broken.yaml"),
            """
            node:
              capacity: ${file:key}
              backends:
                - { type: openai, base-url: "http://u:${KEY}@host", api-key: "${KEY}\\u0007" }
            """);
    TestTerminal terminal = new TestTerminal().with("KEY", KEY);
    assertThat(terminal.run("node", "-c", broken.toString(), "--stacktrace"))
        .isEqualTo(ExitCode.WRONG_USE);
    assertThat(terminal.err()).contains("capacity", "base-url", "api-key");
    found.put("broken settings", terminal.err());
  }

  private static String get(String url) throws Exception {
    try (HttpClient http = HttpClient.newHttpClient()) {
      HttpRequest request = HttpRequest.newBuilder(URI.create(url)).build();
      return http.send(request, BodyHandlers.ofString()).body();
    }
  }

  private void topics() throws Exception {
    KafkaClients clients = KafkaDoor.clients(new SettingsLoader().load(file, Map.of()).kafka());
    try (Admin admin = clients.admin("test-search")) {
      for (String topic : admin.listTopics().names().get(30, TimeUnit.SECONDS)) {
        if (topic.startsWith(prefix)) {
          StringBuilder all = new StringBuilder();
          TopicRecords.all(clients, topic).forEach(record -> append(all, record));
          found.put("topic " + topic, all.toString());
        }
      }
    }
  }

  private static void append(StringBuilder all, ConsumerRecord<String, byte[]> record) {
    all.append(record.key()).append('\n');
    if (record.value() != null) {
      all.append(new String(record.value(), StandardCharsets.UTF_8)).append('\n');
    }
    record
        .headers()
        .forEach(header ->
            all.append(header.key()).append(new String(header.value(), StandardCharsets.UTF_8)));
  }

  private List<String> where(String text) {
    return found.entrySet().stream()
        .filter(place -> place.getValue().contains(text))
        .map(Map.Entry::getKey)
        .toList();
  }

  @Test
  void theLogTellsTheStoryOfAJobWhoseFirstBackendFailed() {
    String answer = submit("m-story");
    assertThat(answer).contains("Well", "\"backend\":\"good\"");
    String job = job();

    assertThat(log.texts.stream().filter(line -> line.contains("job=" + job)).toList())
        .anySatisfy(line ->
            assertThat(line)
                .contains(
                    " INFO Story: Backend bad failed before the first piece: ",
                    "attempt=",
                    "node=leaky",
                    "backend=bad",
                    "code="))
        .anySatisfy(line ->
            assertThat(line)
                .contains(" INFO Story: Backend good was used", "node=leaky", "backend=good"))
        .allSatisfy(line -> assertThat(line).containsOnlyOnce("\n").doesNotContain(PLANTED));
    List<JsonNode> story =
        log.objects.stream()
            .map(line -> new JsonMapper().readTree(line))
            .filter(line -> job.equals(line.path("job").asString()))
            .filter(line -> line.path("logger").asString().endsWith(".Story"))
            .toList();
    assertThat(story)
        .filteredOn(line -> line.path("level").asString().equals("INFO"))
        .extracting(line -> line.path("backend").asString())
        .containsExactly("bad", "good");
    assertThat(story).allSatisfy(line -> assertThat(line.path("attempt").asString()).isNotEmpty());
    assertThat(log.texts)
        .anyMatch(line -> line.contains("Backend sick is UNAVAILABLE") && line.contains("401"));
  }

  private String job() {
    String line =
        log.texts.stream().filter(text -> text.contains("Backend bad failed")).findFirst().get();
    Matcher job = Pattern.compile(" job=(\\S+)").matcher(line);
    assertThat(job.find()).as(line).isTrue();
    return job.group(1);
  }
}
