package dev.relevo.gateway.batches;

import dev.relevo.common.kafka.KafkaClients;
import dev.relevo.gateway.batches.BatchRecord.Problem;
import dev.relevo.gateway.files.CallersText;
import dev.relevo.operator.batch.BoundedLines;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Understands a line of a batch's file by itself. Pure and without state.
 *
 * @param endpoint that every line has to name
 */
record LineReader(String endpoint) {
  /** Characters of a custom id. */
  static final int MOST_CUSTOM_ID = 256;

  private static final int MOST_MODEL = 1_000;

  /** Characters of what a caller wrote that messages repeat. */
  private static final int MOST_REPEATED = 100;

  /** Keeps every digit of a number that only passes through. */
  private static final JsonMapper JSON =
      JsonMapper.builder()
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  /** A line. */
  sealed interface Finding {}

  /**
   * One that a job can be made of.
   *
   * @param number where it stands in the file, from 1
   * @param body the job's value
   */
  record Wanted(long number, String customId, String model, String body) implements Finding {}

  /** One that none can be made of. */
  record Broken(Problem problem) implements Finding {}

  /** Something is wrong with a line. */
  private static final class Wrong extends Exception {
    private static final long serialVersionUID = 1L;

    private final String code;
    private final @Nullable String param;

    Wrong(String code, @Nullable String param, String message) {
      super(message, null, false, false);
      this.code = code;
      this.param = param;
    }

    Problem at(long line) {
      return new Problem(code, String.valueOf(getMessage()), param, line);
    }
  }

  Finding read(BoundedLines.Line line) {
    try {
      return wanted(line);
    } catch (Wrong e) {
      return new Broken(e.at(line.number()));
    }
  }

  private Wanted wanted(BoundedLines.Line line) throws Wrong {
    if (line.tooLong()) {
      throw new Wrong(
          "request_too_large",
          null,
          "The line is longer than %,d bytes.".formatted(LineCheck.MOST_LINE_BYTES));
    }
    ObjectNode fields = object(line.bytes());
    String customId = text(fields, "custom_id", "custom_id", MOST_CUSTOM_ID);
    String method = whole(fields.path("method").asString(""), "method");
    if (!method.equals("POST")) {
      throw new Wrong(
          "invalid_method", "method", "method is '%s', expected POST.".formatted(cut(method)));
    }
    String url = whole(fields.path("url").asString(""), "url");
    if (!url.equals(endpoint)) {
      throw new Wrong(
          "invalid_url",
          "url",
          "url is '%s', expected the batch's endpoint %s.".formatted(cut(url), endpoint));
    }
    if (!(fields.get("body") instanceof ObjectNode body)) {
      throw new Wrong(
          "missing_required_parameter", "body", "body has to be an object: the request.");
    }
    String model = text(body, "model", "body.model", MOST_MODEL);
    return new Wanted(line.number(), customId, model, body(body));
  }

  private static String body(ObjectNode body) throws Wrong {
    if (!(body.get("messages") instanceof ArrayNode messages) || messages.isEmpty()) {
      throw new Wrong(
          "missing_required_parameter",
          "body.messages",
          "body.messages has to be a list with at least one message.");
    }
    JsonNode stream = body.get("stream");
    if (stream != null && !stream.isNull() && !stream.asBoolean(true)) {
      stream = null;
    }
    if (stream != null && !stream.isNull()) {
      throw new Wrong(
          "stream_not_supported", "body.stream", "A batch streams nothing: leave body.stream out.");
    }
    String text = JSON.writeValueAsString(body);
    if (!fits(text)) {
      throw new Wrong(
          "request_too_large",
          "body",
          "The request is larger than the %,d bytes that a job may have."
              .formatted(KafkaClients.MAX_JOB_BYTES));
    }
    return text;
  }

  /** Every character takes three bytes at most, so a short text need not be looked at. */
  private static boolean fits(String text) {
    return text.length() <= KafkaClients.MAX_JOB_BYTES / 3
        || text.getBytes(StandardCharsets.UTF_8).length <= KafkaClients.MAX_JOB_BYTES;
  }

  private static ObjectNode object(byte[] line) throws Wrong {
    try {
      if (JSON.readTree(line) instanceof ObjectNode fields) {
        return fields;
      }
    } catch (JacksonException e) {
      int column = e.getLocation() == null ? 1 : Math.max(1, e.getLocation().getColumnNr());
      throw new Wrong(
          "invalid_json_line", null, "The line is no JSON from column %d on.".formatted(column));
    }
    throw new Wrong("invalid_json_line", null, "The line is no JSON object.");
  }

  private static String text(ObjectNode fields, String field, String param, int most) throws Wrong {
    JsonNode value = fields.get(field);
    if (value == null || value.isNull()) {
      throw new Wrong("missing_required_parameter", param, "There is no %s.".formatted(param));
    }
    String text = value.isString() ? value.asString() : "";
    if (text.isBlank() || text.length() > most) {
      throw new Wrong(
          "invalid_value",
          param,
          "%s has to be a text of 1 to %,d characters.".formatted(param, most));
    }
    return whole(text, param);
  }

  /** What stands in the batch's records, or in what is told of it, has to fit there. */
  private static String whole(String text, String param) throws Wrong {
    if (!CallersText.isWhole(text)) {
      throw new Wrong("invalid_value", param, "%s has half a character in it.".formatted(param));
    }
    return text;
  }

  /** The beginning of what a caller wrote, for a message. */
  static String cut(String text) {
    return text.length() <= MOST_REPEATED ? text : CallersText.cut(text, MOST_REPEATED) + "…";
  }
}
