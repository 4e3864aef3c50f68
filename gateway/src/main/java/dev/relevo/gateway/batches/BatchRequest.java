package dev.relevo.gateway.batches;

import dev.relevo.gateway.files.CallersText;
import dev.relevo.gateway.files.FileLimits;
import dev.relevo.gateway.http.HttpProblem;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a caller asks for with {@code POST /v1/batches}. Pure.
 *
 * @param outputLife how long its files are kept
 */
record BatchRequest(
    String inputFile, String endpoint, Map<String, String> metadata, Duration outputLife) {
  static final String ENDPOINT = "/v1/chat/completions";

  private static final int MOST_PAIRS = 16;
  private static final int MOST_KEY = 64;
  private static final int MOST_VALUE = 512;

  /** Reads it; throws {@link HttpProblem} 400. Fields that are not known are passed over. */
  static BatchRequest read(ObjectNode body) {
    String endpoint = text(body, "endpoint");
    if (!endpoint.equals(ENDPOINT)) {
      throw wrong(
          "endpoint",
          "'%s' cannot be answered, only %s".formatted(LineReader.cut(endpoint), ENDPOINT));
    }
    if (!text(body, "completion_window").equals("24h")) {
      throw wrong("completion_window", "only 24h is offered");
    }
    return new BatchRequest(
        text(body, "input_file_id"),
        endpoint,
        metadata(body.get("metadata")),
        life(body.get("output_expires_after")));
  }

  private static String text(ObjectNode body, String field) {
    JsonNode value = body.get(field);
    if (value == null || value.isNull()) {
      throw HttpProblem.badRequest("missing_required_parameter", "There is no %s.".formatted(field))
          .about(field);
    }
    if (!value.isString()) {
      throw HttpProblem.badRequest("invalid_type", "%s has to be a text.".formatted(field))
          .about(field);
    }
    return whole(value.asString(), field);
  }

  private static Map<String, String> metadata(@Nullable JsonNode asked) {
    Map<String, String> pairs = new LinkedHashMap<>();
    if (asked == null || asked.isNull()) {
      return pairs;
    }
    if (!(asked instanceof ObjectNode object) || object.size() > MOST_PAIRS) {
      throw wrong("metadata", "it has to be an object with at most %d pairs".formatted(MOST_PAIRS));
    }
    object
        .properties()
        .forEach(pair -> {
          String value = pair.getValue().isString() ? pair.getValue().asString() : null;
          if (value == null || value.length() > MOST_VALUE || pair.getKey().length() > MOST_KEY) {
            throw wrong(
                "metadata",
                "keys are texts of at most %d characters, values of at most %d"
                    .formatted(MOST_KEY, MOST_VALUE));
          }
          pairs.put(whole(pair.getKey(), "metadata"), whole(value, "metadata"));
        });
    return pairs;
  }

  private static String whole(String text, String field) {
    if (!CallersText.isWhole(text)) {
      throw wrong(field, "it has half a character in it");
    }
    return text;
  }

  private static Duration life(@Nullable JsonNode asked) {
    if (asked == null || asked.isNull()) {
      return FileLimits.LONGEST_LIFE;
    }
    long least = FileLimits.SHORTEST_LIFE.toSeconds();
    long most = FileLimits.LONGEST_LIFE.toSeconds();
    JsonNode seconds = asked.path("seconds");
    if (!asked.path("anchor").asString("").equals("created_at")
        || !seconds.isIntegralNumber()
        || !seconds.canConvertToLong()
        || seconds.asLong() < least
        || seconds.asLong() > most) {
      throw wrong(
          "output_expires_after",
          "it has to have the anchor created_at and %d to %d seconds".formatted(least, most));
    }
    return Duration.ofSeconds(seconds.asLong());
  }

  private static HttpProblem wrong(String field, String why) {
    return HttpProblem.badRequest("invalid_value", "%s: %s.".formatted(field, why)).about(field);
  }
}
