package dev.relevo.launcher;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.LayoutBase;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.event.KeyValuePair;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * One JSON object for each event, on one line; what it is about stands beside the message as fields
 * of their own, so that a program finds all lines of a job without reading sentences.
 */
final class JsonLine extends LayoutBase<ILoggingEvent> {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final LogMode mode;

  JsonLine(LogMode mode) {
    this.mode = mode;
  }

  @Override
  public String doLayout(ILoggingEvent event) {
    ObjectNode line = JSON.createObjectNode();
    line.put("time", Instant.ofEpochMilli(event.getTimeStamp()).toString());
    line.put("level", event.getLevel().toString());
    line.put("logger", event.getLoggerName());
    line.put("thread", event.getThreadName());
    line.put("message", HiddenSecrets.clean(String.valueOf(event.getFormattedMessage())));
    putFields(line, event.getKeyValuePairs());
    IThrowableProxy thrown = event.getThrowableProxy();
    if (thrown != null) {
      line.put("error", HiddenSecrets.clean(LogLine.reason(thrown)));
      if (mode.stackTraces()) {
        line.put("stack", HiddenSecrets.clean(ThrowableProxyUtil.asString(thrown)));
      }
    }
    // Whatever could steer a terminal becomes its code, which is the same to a JSON parser.
    return PlainText.line(line.toString()) + System.lineSeparator();
  }

  private static void putFields(ObjectNode line, @Nullable List<KeyValuePair> fields) {
    if (fields != null) {
      for (KeyValuePair field : fields) {
        line.put(field.key, HiddenSecrets.clean(String.valueOf(field.value)));
      }
    }
  }
}
