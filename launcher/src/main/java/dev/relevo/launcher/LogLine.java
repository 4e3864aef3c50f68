package dev.relevo.launcher;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.LayoutBase;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import org.slf4j.event.KeyValuePair;

/**
 * One line for each event: a role's with time, level and logger, a tool's with the message only.
 * What it is about stands behind it as {@code name=value}, an exception is named at its end; its
 * stack trace follows only when asked for.
 */
final class LogLine extends LayoutBase<ILoggingEvent> {
  private static final int MOST_CAUSES = 8;

  private final LogMode mode;
  private final DateTimeFormatter time =
      DateTimeFormatter.ofPattern("HH:mm:ss.SSS").withZone(ZoneId.systemDefault());

  LogLine(LogMode mode) {
    this.mode = mode;
  }

  @Override
  public String doLayout(ILoggingEvent event) {
    StringBuilder line = new StringBuilder();
    if (mode.role()) {
      time.formatTo(Instant.ofEpochMilli(event.getTimeStamp()), line);
      line.append(' ').append(event.getLevel()).append(' ');
      line.append(shortName(event.getLoggerName())).append(": ");
    } else {
      line.append("relevo: ");
    }
    line.append(shown(String.valueOf(event.getFormattedMessage())));
    if (event.getKeyValuePairs() != null) {
      event
          .getKeyValuePairs()
          .forEach(field -> line.append(' ').append(field.key).append('=').append(value(field)));
    }
    IThrowableProxy thrown = event.getThrowableProxy();
    if (thrown != null) {
      line.append(" (").append(shown(reason(thrown))).append(')');
    }
    line.append(System.lineSeparator());
    if (thrown != null && mode.stackTraces()) {
      line.append(PlainText.text(HiddenSecrets.clean(ThrowableProxyUtil.asString(thrown))));
    }
    return line.toString();
  }

  private static String shown(String text) {
    return PlainText.line(HiddenSecrets.clean(text));
  }

  /** In quotes when it could not be told where it ends. */
  private static String value(KeyValuePair field) {
    String text = shown(String.valueOf(field.value));
    boolean plain =
        !text.isEmpty() && text.chars().noneMatch(c -> c == ' ' || c == '"' || c == '=');
    return plain ? text : '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
  }

  /** The first line of the deepest cause, which says most. */
  static String reason(IThrowableProxy thrown) {
    IThrowableProxy deepest = thrown;
    for (int i = 0; i < MOST_CAUSES && deepest.getCause() != null; i++) {
      deepest = deepest.getCause();
    }
    String name = shortName(deepest.getClassName());
    String message = deepest.getMessage();
    return message == null ? name : name + ": " + message.lines().findFirst().orElse("");
  }

  private static String shortName(String name) {
    return name.substring(name.lastIndexOf('.') + 1);
  }
}
