package dev.relevo.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.core.spi.FilterReply;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;
import org.slf4j.event.KeyValuePair;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

@Isolated("how a process logs is chosen for all of it")
class LoggingTest {
  private static final LogMode TOOL = new LogMode(false, false, false, LogFormat.TEXT);
  private static final LogMode ROLE = new LogMode(true, false, false, LogFormat.TEXT);

  private final LoggerContext context = new LoggerContext();

  @AfterEach
  void reset() {
    LogMode.choose(TOOL);
  }

  private LoggingEvent event(String logger, String message, @Nullable Throwable thrown) {
    return new LoggingEvent(
        "", context.getLogger(logger), Level.WARN, message, thrown, new Object[0]);
  }

  private String line(LogMode mode, @Nullable Throwable thrown) {
    return new LogLine(mode).doLayout(event("dev.relevo.node.NodeLoop", "It is late", thrown));
  }

  private void configure(LogMode mode) {
    LogMode.choose(mode);
    LogSetup setup = new LogSetup();
    setup.setContext(context);
    setup.configure(context);
  }

  private boolean logs(String logger, Level level) {
    return context.getLogger(logger).isEnabledFor(level);
  }

  @Test
  void aToolsLineIsItsMessage() {
    assertThat(line(TOOL, null)).isEqualTo("relevo: It is late" + System.lineSeparator());
  }

  @Test
  void aRolesLineHasTimeLevelAndLogger() {
    assertThat(line(ROLE, null))
        .matches("\\d\\d:\\d\\d:\\d\\d\\.\\d{3} WARN NodeLoop: It is late\\R");
  }

  @Test
  void anExceptionIsItsDeepestCauseOnTheSameLine() {
    Exception thrown = new IllegalStateException("outer", new IOException("disk full\nmore"));

    assertThat(line(TOOL, thrown)).isEqualTo("relevo: It is late (IOException: disk full)\n");
    assertThat(line(new LogMode(false, false, true, LogFormat.TEXT), thrown)).contains("\tat ");
  }

  @Test
  void whatARecordHoldsNeitherSteersATerminalNorForgesALine() {
    LoggingEvent event =
        new LoggingEvent(
            "",
            context.getLogger("dev.relevo.node.NodeLoop"),
            Level.WARN,
            "Job {} is odd",
            new IllegalStateException("\u001b[2J"),
            new Object[] {"a\u001b[31m\nERROR All is lost \u202e"});

    String line = new LogLine(ROLE).doLayout(event);

    assertThat(line).containsOnlyOnce("\n").doesNotContain("\u001b", "\u202e");
    assertThat(line).contains("a\\u001b[31m\\u000aERROR", "(IllegalStateException: \\u001b[2J)");
  }

  @Test
  void toolsOnlyWarn() {
    configure(TOOL);

    assertThat(logs("dev.relevo.client", Level.WARN)).isTrue();
    assertThat(logs("dev.relevo.client", Level.INFO)).isFalse();
    assertThat(logs("org.apache.kafka.clients.NetworkClient", Level.WARN)).isFalse();
  }

  @Test
  void rolesLogAndKafkaOnlyWarns() {
    configure(ROLE);

    assertThat(logs("dev.relevo.dispatcher", Level.INFO)).isTrue();
    assertThat(logs("org.apache.kafka.clients.NetworkClient", Level.WARN)).isTrue();
    assertThat(logs("org.apache.kafka.clients.NetworkClient", Level.INFO)).isFalse();
  }

  @Test
  void verboseLogsMoreOfEverything() {
    configure(new LogMode(false, true, false, LogFormat.TEXT));

    assertThat(logs("dev.relevo.client", Level.DEBUG)).isTrue();
    assertThat(logs("org.apache.kafka.clients.NetworkClient", Level.INFO)).isTrue();
  }

  @Test
  void aDeletedReplyTopicIsNoNews() {
    KafkaNoise noise = new KafkaNoise(() -> 0);

    assertThat(
            noise.decide(
                network(
                    "[Producer clientId=p] The metadata response from the cluster reported a"
                        + " recoverable issue with correlation id {} : {}")))
        .isEqualTo(FilterReply.DENY);
    assertThat(noise.decide(network("[p] Something else"))).isEqualTo(FilterReply.NEUTRAL);
    assertThat(noise.decide(event("dev.relevo.node.NodeLoop", "[p] disconnected", null)))
        .isEqualTo(FilterReply.NEUTRAL);
  }

  @Test
  void aLostBrokerIsToldOnceInAWhile() {
    AtomicLong nanos = new AtomicLong();
    KafkaNoise noise = new KafkaNoise(nanos::get);
    LoggingEvent lost = network("[p] Connection to node {} ({}) could not be established.");

    assertThat(noise.decide(lost)).isEqualTo(FilterReply.NEUTRAL);
    assertThat(noise.decide(lost)).isEqualTo(FilterReply.DENY);
    assertThat(noise.decide(network("[p] Bootstrap broker {} disconnected")))
        .isEqualTo(FilterReply.DENY);

    nanos.addAndGet(KafkaNoise.BETWEEN_LOSSES.toNanos());
    assertThat(noise.decide(lost)).isEqualTo(FilterReply.NEUTRAL);
    assertThat(noise.decide(lost)).isEqualTo(FilterReply.DENY);
  }

  private LoggingEvent network(String message) {
    return event("org.apache.kafka.clients.NetworkClient", message, null);
  }

  private static LoggingEvent with(LoggingEvent event, String... fields) {
    for (int i = 0; i < fields.length; i += 2) {
      event.addKeyValuePair(new KeyValuePair(fields[i], fields[i + 1]));
    }
    return event;
  }

  @Test
  void whatALineIsAboutStandsBehindIt() {
    LoggingEvent event =
        with(
            event("dev.relevo.node.Story", "It failed", null),
            "job",
            "a b\n\"c\"",
            "attempt",
            "3.17.2",
            "node",
            "");

    assertThat(new LogLine(TOOL).doLayout(event))
        .isEqualTo("relevo: It failed job=\"a b\\\\u000a\\\"c\\\"\" attempt=3.17.2 node=\"\"\n");
  }

  @Test
  void aLineOfJsonHasTheSameAsFields() {
    LoggingEvent event =
        with(
            event("dev.relevo.node.Story", "It failed\u202e", new IOException("disk\u001b full")),
            "job",
            "a\n\"b\"",
            "node",
            "attic");

    String line = new JsonLine(json(false)).doLayout(event);

    assertThat(line).containsOnlyOnce("\n").endsWith("\n").doesNotContain("\u202e", "\u001b");
    JsonNode read = new JsonMapper().readTree(line);
    assertThat(read.path("level").stringValue()).isEqualTo("WARN");
    assertThat(read.path("logger").stringValue()).isEqualTo("dev.relevo.node.Story");
    assertThat(read.path("message").stringValue()).isEqualTo("It failed\u202e");
    assertThat(read.path("job").stringValue()).isEqualTo("a\n\"b\"");
    assertThat(read.path("node").stringValue()).isEqualTo("attic");
    assertThat(read.path("error").stringValue()).isEqualTo("IOException: disk\u001b full");
    assertThat(read.path("time").stringValue()).matches("\\d{4}-\\d\\d-\\d\\dT.*Z");
    assertThat(read.has("stack")).isFalse();
    assertThat(new JsonMapper().readTree(new JsonLine(json(true)).doLayout(event)).path("stack"))
        .asString()
        .contains("\\tat ");
  }

  private static LogMode json(boolean stackTraces) {
    return new LogMode(true, false, stackTraces, LogFormat.JSON);
  }

  @Test
  void aKnownSecretIsInNoLineWhereverItStands() {
    HiddenSecrets.hide(List.of("sk-canary-logging-1"));
    LoggingEvent event =
        with(
            event(
                "dev.relevo.node.Story",
                "Said sk-canary-logging-1",
                new IllegalStateException("with sk-canary-logging-1")),
            "code",
            "sk-canary-logging-1");

    for (LogMode mode : List.of(json(true), new LogMode(true, true, true, LogFormat.TEXT))) {
      String line =
          mode.format() == LogFormat.JSON
              ? new JsonLine(mode).doLayout(event)
              : new LogLine(mode).doLayout(event);
      assertThat(line).doesNotContain("canary").contains("[secret]");
    }
  }

  @Test
  void theFormatIsChosenByOptionOrVariableAndNothingElse() {
    TestTerminal terminal = new TestTerminal().with("RELEVO_LOG_FORMAT", "json");
    assertThat(terminal.run("completion", "bash")).isZero();
    assertThat(LogMode.chosen().format()).isEqualTo(LogFormat.JSON);
    assertThat(terminal.run("completion", "bash", "--log-format", "text")).isZero();
    assertThat(LogMode.chosen().format()).isEqualTo(LogFormat.TEXT);

    assertThat(new TestTerminal().with("RELEVO_LOG_FORMAT", "xml").run("completion", "bash"))
        .isEqualTo(ExitCode.WRONG_USE);
    TestTerminal wrong = new TestTerminal();
    assertThat(wrong.run("completion", "bash", "--log-format", "xml"))
        .isEqualTo(ExitCode.WRONG_USE);
    assertThat(wrong.err()).startsWith("--log-format is \"xml\", expected text or json.");
  }
}
