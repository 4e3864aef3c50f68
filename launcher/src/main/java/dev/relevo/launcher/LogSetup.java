package dev.relevo.launcher;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.classic.spi.ConfiguratorRank;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.Layout;
import ch.qos.logback.core.encoder.LayoutWrappingEncoder;
import ch.qos.logback.core.spi.ContextAwareBase;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Sets logging up without a file to parse: tools have to start fast. Found by Logback itself; a
 * file named by {@code -Dlogback.configurationFile} goes before it.
 */
@ConfiguratorRank(ConfiguratorRank.CUSTOM_TOP_PRIORITY)
public final class LogSetup extends ContextAwareBase implements Configurator {
  /** What these warn of is part of an ordinary start, rebalance or stop. */
  private static final List<String> NEWS_TO_NOBODY =
      List.of(
          "state.change.logger",
          "org.apache.kafka.controller.QuorumController",
          "org.apache.kafka.clients.consumer.internals.OffsetFetcherUtils",
          "org.apache.kafka.clients.producer.internals.Sender");

  private static final String FILE_PROPERTY = "logback.configurationFile";

  @Override
  public ExecutionStatus configure(LoggerContext context) {
    if (System.getProperty(FILE_PROPERTY) != null) {
      return ExecutionStatus.INVOKE_NEXT_IF_ANY;
    }
    LogMode mode = LogMode.chosen();
    Logger root = context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    root.addAppender(standardError(context, mode));
    root.setLevel(mode.role() || mode.verbose() ? Level.INFO : Level.WARN);
    context.getLogger("dev.relevo").setLevel(mode.verbose() ? Level.DEBUG : root.getLevel());
    limitKafka(context, mode);
    return ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY;
  }

  /** Kafka reports every setting of every client, and each attempt to connect. */
  private static void limitKafka(LoggerContext context, LogMode mode) {
    if (mode.verbose()) {
      return;
    }
    Level level = mode.role() ? Level.WARN : Level.ERROR;
    context.getLogger("org.apache.kafka").setLevel(level);
    context.getLogger("kafka").setLevel(level);
    context.getLogger("io.helidon").setLevel(level);
    NEWS_TO_NOBODY.forEach(name -> context.getLogger(name).setLevel(Level.ERROR));
  }

  private static ConsoleAppender<ILoggingEvent> standardError(LoggerContext context, LogMode mode) {
    Layout<ILoggingEvent> line =
        mode.format() == LogFormat.JSON ? new JsonLine(mode) : new LogLine(mode);
    line.setContext(context);
    line.start();
    LayoutWrappingEncoder<ILoggingEvent> encoder = new LayoutWrappingEncoder<>();
    encoder.setContext(context);
    encoder.setCharset(StandardCharsets.UTF_8);
    encoder.setLayout(line);
    encoder.start();
    ConsoleAppender<ILoggingEvent> appender = new ConsoleAppender<>();
    appender.setContext(context);
    appender.setName("stderr");
    appender.setTarget("System.err");
    appender.setEncoder(encoder);
    if (!mode.verbose()) {
      KafkaNoise noise = new KafkaNoise(System::nanoTime);
      noise.start();
      appender.addFilter(noise);
    }
    appender.start();
    return appender;
  }
}
