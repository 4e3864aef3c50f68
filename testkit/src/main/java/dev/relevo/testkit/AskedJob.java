package dev.relevo.testkit;

import dev.relevo.common.protocol.HeaderNames;
import dev.relevo.common.protocol.JobHeaders;
import dev.relevo.common.protocol.Lane;
import java.nio.charset.StandardCharsets;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A job as a producer wrote it to Kafka, whether a node ever saw it or not.
 *
 * @param lane where it stands
 * @param record as it stands there
 */
public record AskedJob(Lane lane, ConsumerRecord<String, byte[]> record) {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  /** The job's id; null if the producer gave none. */
  public @Nullable String id() {
    return record.key();
  }

  /** What it asks for beside its body. */
  public JobHeaders headers() {
    return JobHeaders.parse(record.headers());
  }

  /** A header by its name, of ours or of the producer's own; null if it is not there. */
  public @Nullable String header(String name) {
    Header header = record.headers().lastHeader(name);
    return header == null || header.value() == null
        ? null
        : new String(header.value(), StandardCharsets.UTF_8);
  }

  /** The model it names, in a header or else in its body; null if it names none. */
  public @Nullable String model() {
    String named = header(HeaderNames.MODEL);
    if (named != null) {
      return named;
    }
    JsonNode body = tree();
    return body == null ? null : body.path("model").stringValue(null);
  }

  /**
   * The OpenAI request.
   *
   * @throws IllegalStateException if the body is no JSON
   */
  public JsonNode body() {
    JsonNode body = tree();
    if (body == null) {
      throw new IllegalStateException("the body of job " + id() + " is no JSON: " + text());
    }
    return body;
  }

  /** The body as it stands there. */
  public String text() {
    return record.value() == null ? "" : new String(record.value(), StandardCharsets.UTF_8);
  }

  /** What the user said last, empty if nobody said anything. */
  public String question() {
    return ModelCall.question(body());
  }

  private @Nullable JsonNode tree() {
    try {
      return record.value() == null ? null : JSON.readTree(record.value());
    } catch (JacksonException notJson) {
      return null;
    }
  }
}
