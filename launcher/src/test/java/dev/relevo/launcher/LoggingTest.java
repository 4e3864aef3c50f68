package dev.relevo.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.core.spi.FilterReply;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class LoggingTest {
  private static final LogMode TOOL = new LogMode(false, false, false);
  private static final LogMode ROLE = new LogMode(true, false, false);

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
    assertThat(line(new LogMode(false, false, true), thrown)).contains("\tat ");
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
    configure(new LogMode(false, true, false));

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
}
