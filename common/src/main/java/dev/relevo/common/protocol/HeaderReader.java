package dev.relevo.common.protocol;

import java.nio.charset.StandardCharsets;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.jspecify.annotations.Nullable;

/**
 * Reads and writes headers as UTF-8 text; of several with one name the last counts, as in Kafka's
 * own readers.
 */
final class HeaderReader {
  private static final int MAX_LENGTH = 4_096;

  private final Headers headers;

  HeaderReader(Headers headers) {
    this.headers = headers;
  }

  static void put(Headers headers, String name, @Nullable Object value) {
    if (value != null) {
      headers.add(name, value.toString().getBytes(StandardCharsets.UTF_8));
    }
  }

  @Nullable String text(String name) {
    Header header = headers.lastHeader(name);
    if (header == null || header.value() == null || header.value().length == 0) {
      return null;
    }
    if (header.value().length > MAX_LENGTH) {
      throw new MalformedRecordException(
          "header " + name + " is " + header.value().length + " bytes long, at most " + MAX_LENGTH);
    }
    String text = new String(header.value(), StandardCharsets.UTF_8);
    if (JobIds.isNoText(text)) {
      throw new MalformedRecordException(
          "header " + name + " holds control characters or is not UTF-8 text");
    }
    return text;
  }

  String text(String name, String otherwise) {
    String text = text(name);
    return text == null ? otherwise : text;
  }

  String required(String name) {
    String text = text(name);
    if (text == null) {
      throw new MalformedRecordException("header " + name + " is missing");
    }
    return text;
  }

  @Nullable Long number(String name, long least, long most) {
    String text = text(name);
    if (text == null) {
      return null;
    }
    try {
      long value = Long.parseLong(text.strip());
      if (value >= least && value <= most) {
        return value;
      }
    } catch (NumberFormatException e) {
      throw new MalformedRecordException(expected(name, text, least, most), e);
    }
    throw new MalformedRecordException(expected(name, text, least, most));
  }

  long number(String name, long least, long most, long otherwise) {
    Long value = number(name, least, most);
    return value == null ? otherwise : value;
  }

  private static String expected(String name, String text, long least, long most) {
    String range =
        most == Long.MAX_VALUE
            ? "a whole number from " + least
            : "a whole number from " + least + " to " + most;
    return "header " + name + " is '" + text + "', expected " + range;
  }
}
