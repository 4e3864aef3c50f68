package dev.relevo.gateway.chat;

import dev.relevo.gateway.http.HttpProblem;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Holds the fields of a chat completion that are known to their types. Unknown ones pass, for SDKs
 * send new ones all the time, and what a value means is for whoever answers to judge. Pure.
 */
final class RequestFields {
  static final String MISSING = "missing_required_parameter";
  static final String WRONG_TYPE = "invalid_type";

  private static final Map<String, Kind> KINDS =
      Map.ofEntries(
          Map.entry("model", Kind.STRING),
          Map.entry("frequency_penalty", Kind.NUMBER),
          Map.entry("presence_penalty", Kind.NUMBER),
          Map.entry("temperature", Kind.NUMBER),
          Map.entry("top_p", Kind.NUMBER),
          Map.entry("max_completion_tokens", Kind.INTEGER),
          Map.entry("max_tokens", Kind.INTEGER),
          Map.entry("n", Kind.INTEGER),
          Map.entry("seed", Kind.INTEGER),
          Map.entry("top_logprobs", Kind.INTEGER),
          Map.entry("logprobs", Kind.BOOLEAN),
          Map.entry("parallel_tool_calls", Kind.BOOLEAN),
          Map.entry("store", Kind.BOOLEAN),
          Map.entry("stream", Kind.BOOLEAN),
          Map.entry("logit_bias", Kind.OBJECT),
          Map.entry("metadata", Kind.OBJECT),
          Map.entry("response_format", Kind.OBJECT),
          Map.entry("stream_options", Kind.OBJECT),
          Map.entry("reasoning_effort", Kind.STRING),
          Map.entry("service_tier", Kind.STRING),
          Map.entry("user", Kind.STRING),
          Map.entry("stop", Kind.STRINGS),
          Map.entry("tool_choice", Kind.CHOICE),
          Map.entry("function_call", Kind.CHOICE),
          Map.entry("messages", Kind.OBJECTS),
          Map.entry("tools", Kind.OBJECTS),
          Map.entry("functions", Kind.OBJECTS));

  /** What a value may be. */
  enum Kind {
    STRING("a string"),
    NUMBER("a number"),
    INTEGER("an integer"),
    BOOLEAN("true or false"),
    OBJECT("an object"),
    OBJECTS("an array of objects"),
    STRINGS("a string or an array of strings"),
    CHOICE("a string or an object"),
    CONTENT("a string or an array of parts");

    private final String words;

    Kind(String words) {
      this.words = words;
    }

    boolean admits(JsonNode value) {
      return switch (this) {
        case STRING -> value.isString();
        case NUMBER -> value.isNumber();
        case INTEGER -> value.isIntegralNumber();
        case BOOLEAN -> value.isBoolean();
        case OBJECT -> value.isObject();
        case OBJECTS -> value.isArray() && value.valueStream().allMatch(JsonNode::isObject);
        case STRINGS ->
            value.isString()
                || (value.isArray() && value.valueStream().allMatch(JsonNode::isString));
        case CHOICE -> value.isString() || value.isObject();
        case CONTENT -> value.isString() || OBJECTS.admits(value);
      };
    }
  }

  private RequestFields() {}

  /**
   * Checks a request.
   *
   * @throws HttpProblem 400, naming the field
   */
  static void check(ObjectNode request) {
    for (Map.Entry<String, JsonNode> field : request.properties()) {
      Kind kind = KINDS.get(field.getKey());
      if (kind != null) {
        require(kind, field.getKey(), field.getValue());
      }
    }
    JsonNode options = present(request, "stream_options").orElse(request);
    present(options, "include_usage")
        .ifPresent(value -> require(Kind.BOOLEAN, "stream_options.include_usage", value));
    messages(present(request, "messages").orElseThrow(() -> missing("messages")));
  }

  private static void messages(JsonNode messages) {
    if (messages.isEmpty()) {
      throw HttpProblem.badRequest("empty_array", "'messages' is empty, and nothing is asked.")
          .about("messages");
    }
    int number = 0;
    for (JsonNode message : messages.values()) {
      String path = "messages[%d].".formatted(number++);
      JsonNode role = present(message, "role").orElseThrow(() -> missing(path + "role"));
      require(Kind.STRING, path + "role", role);
      present(message, "content").ifPresent(it -> require(Kind.CONTENT, path + "content", it));
      present(message, "tool_calls")
          .ifPresent(it -> require(Kind.OBJECTS, path + "tool_calls", it));
    }
  }

  /** A field's value; an explicit null is none. */
  static Optional<JsonNode> present(JsonNode object, String field) {
    @Nullable JsonNode value = object.get(field);
    return value == null || value.isNull() ? Optional.empty() : Optional.of(value);
  }

  static HttpProblem missing(String field) {
    return HttpProblem.badRequest(MISSING, "The request lacks '%s'.".formatted(field)).about(field);
  }

  private static void require(Kind kind, String field, JsonNode value) {
    if (!value.isNull() && !kind.admits(value)) {
      throw wrong(field, kind.words, value);
    }
  }

  static HttpProblem wrong(String field, String expected, JsonNode value) {
    return HttpProblem.badRequest(
            WRONG_TYPE,
            "'%s' has to be %s, and is %s."
                .formatted(
                    field,
                    expected,
                    value.isArray() || value.isObject()
                        ? "an " + value.getNodeType().name().toLowerCase(Locale.ROOT)
                        : shortened(value.toString())))
        .about(field);
  }

  private static String shortened(String text) {
    int most = 40;
    return text.length() <= most ? text : text.substring(0, most) + "…";
  }
}
