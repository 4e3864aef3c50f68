package dev.relevo.launcher.storm;

import java.nio.charset.StandardCharsets;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A record as it stands in Kafka.
 *
 * @param key null where there is none
 * @param value null for a tombstone
 */
record LogEntry(
    String topic,
    int partition,
    long offset,
    long timestampMs,
    String key,
    Headers headers,
    String value) {

  static LogEntry of(ConsumerRecord<byte[], byte[]> record) {
    return new LogEntry(
        record.topic(),
        record.partition(),
        record.offset(),
        record.timestamp(),
        record.key() == null ? null : new String(record.key(), StandardCharsets.UTF_8),
        record.headers(),
        record.value() == null ? null : new String(record.value(), StandardCharsets.UTF_8));
  }

  /** A header's text, empty where it is not there. */
  String header(String name) {
    Header header = headers.lastHeader(name);
    return header == null ? "" : new String(header.value(), StandardCharsets.UTF_8);
  }

  JsonNode json() {
    return JsonMapper.shared().readTree(value);
  }

  String where() {
    return topic + "-" + partition + "@" + offset;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof LogEntry entry && where().equals(entry.where());
  }

  @Override
  public int hashCode() {
    return where().hashCode();
  }

  @Override
  public String toString() {
    return where() + " " + header("relevo-fence") + " " + value;
  }
}
