package dev.relevo.node.backend;

import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Says a chat-completions request in the words of Ollama's {@code /api/chat}; pure. */
final class OllamaRequest {
  /** Sampling options by their names there; the later of two names for one option wins. */
  private static final Map<String, String> OPTIONS =
      Map.of(
          "temperature", "temperature",
          "top_p", "top_p",
          "top_k", "top_k",
          "min_p", "min_p",
          "seed", "seed",
          "presence_penalty", "presence_penalty",
          "frequency_penalty", "frequency_penalty",
          "repeat_penalty", "repeat_penalty",
          "repetition_penalty", "repeat_penalty");

  /** Ollama's own fields, passed on if a caller knows them. */
  private static final String[] OWN_FIELDS = {"keep_alive", "truncate", "shift"};

  private OllamaRequest() {}

  /**
   * The body of the call.
   *
   * @throws UnsupportedRequestException if Ollama cannot do what is asked
   */
  static ObjectNode of(CompletionRequest request) throws UnsupportedRequestException {
    ObjectNode body = request.body();
    if (body.path("n").asInt(1) > 1) {
      throw new UnsupportedRequestException("gives one answer to a request: n must be 1");
    }
    ObjectNode call = Json.newObject();
    call.put("model", request.model());
    call.put("stream", true);
    call.set("messages", OllamaMessages.of(body.path("messages"), request.prefix()));
    addTools(body, call);
    addFormat(body.path("response_format"), call);
    addThinking(body, request.prefix() != null, call);
    for (String field : OWN_FIELDS) {
      copy(body, field, call, field);
    }
    ObjectNode options = options(body);
    if (!options.isEmpty()) {
      call.set("options", options);
    }
    return call;
  }

  private static void addTools(ObjectNode body, ObjectNode call) {
    JsonNode tools = body.path("tools");
    if (tools.isArray() && !tools.isEmpty() && !"none".equals(Json.text(body, "tool_choice"))) {
      call.set("tools", tools);
    }
  }

  private static void addFormat(JsonNode format, ObjectNode call)
      throws UnsupportedRequestException {
    String type = format.isMissingNode() || format.isNull() ? "text" : Json.text(format, "type");
    JsonNode schema = Json.present(format.path("json_schema"), "schema");
    if (schema == null) {
      schema = Json.present(format, "schema");
    }
    switch (String.valueOf(type)) {
      case "text" -> {
        // Ollama's own default.
      }
      case "json_object", "json_schema" -> {
        if (schema == null) {
          call.put("format", "json");
        } else {
          call.set("format", schema);
        }
      }
      default -> throw new UnsupportedRequestException("knows no response_format of type " + type);
    }
  }

  /** A continued answer has been thought through: thinking again would come before its rest. */
  private static void addThinking(ObjectNode body, boolean continued, ObjectNode call) {
    if (continued) {
      call.put("think", false);
      return;
    }
    String effort = Json.text(body, "reasoning_effort");
    if (Json.present(body, "think") != null) {
      copy(body, "think", call, "think");
    } else if (effort != null) {
      switch (effort) {
        case "none" -> call.put("think", false);
        case "minimal" -> call.put("think", "low");
        case "xhigh" -> call.put("think", "max");
        default -> call.put("think", effort);
      }
    }
  }

  private static ObjectNode options(ObjectNode body) {
    ObjectNode options =
        body.path("options") instanceof ObjectNode own ? own.deepCopy() : Json.newObject();
    OPTIONS.forEach((name, option) -> copy(body, name, options, option));
    copy(body, "max_tokens", options, "num_predict");
    copy(body, "max_completion_tokens", options, "num_predict");
    JsonNode stop = Json.present(body, "stop");
    if (stop != null) {
      options.set("stop", stop.isArray() ? stop : list(stop));
    }
    return options;
  }

  private static ArrayNode list(JsonNode value) {
    return Json.newObject().arrayNode().add(value);
  }

  private static void copy(ObjectNode from, String field, ObjectNode to, String name) {
    @Nullable JsonNode value = Json.present(from, field);
    if (value != null) {
      to.set(name, value);
    }
  }
}
