package dev.relevo.node.backend;

import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Says a chat-completions request in the words of Cohere's {@code /v2/chat}; pure. */
final class CohereRequest {
  /** Fields of Cohere's own, passed on if a caller knows them. */
  private static final String[] OWN_FIELDS = {
    "seed",
    "documents",
    "citation_options",
    "safety_mode",
    "strict_tools",
    "thinking",
    "temperature"
  };

  private static final int MAX_STOPS = 5;

  private CohereRequest() {}

  /**
   * The body of the call.
   *
   * @throws UnsupportedRequestException if Cohere cannot do what is asked
   */
  static ObjectNode of(CompletionRequest request) throws UnsupportedRequestException {
    ObjectNode body = request.body();
    ChatRequest.wantOneAnswer(body);
    ObjectNode call = Json.newObject();
    call.put("model", request.model());
    call.put("stream", true);
    call.set("messages", messages(body.path("messages"), request.prefix()));
    for (String field : OWN_FIELDS) {
      ChatRequest.copy(body, field, call, field);
    }
    JsonNode maxTokens = ChatRequest.maxTokens(body);
    if (maxTokens != null) {
      call.set("max_tokens", maxTokens);
    }
    addStops(body, call);
    clamp(body, "top_p", call, "p", 0.01, 0.99);
    ChatRequest.copy(body, "top_k", call, "k");
    clamp(body, "frequency_penalty", call, "frequency_penalty", 0, 1);
    clamp(body, "presence_penalty", call, "presence_penalty", 0, 1);
    addTools(body, call);
    addFormat(body, call);
    addThinking(request, call);
    return call;
  }

  private static ArrayNode messages(JsonNode messages, @Nullable String prefix)
      throws UnsupportedRequestException {
    ArrayNode mapped = Json.newObject().arrayNode();
    for (JsonNode message : messages.values()) {
      mapped.add(message(message));
    }
    String begun = prefix == null ? "" : PrefixSeam.toSend(prefix);
    if (!begun.isEmpty()) {
      mapped.addObject().put("role", "assistant").put("content", begun);
    }
    return mapped;
  }

  private static ObjectNode message(JsonNode from) throws UnsupportedRequestException {
    String role = String.valueOf(Json.text(from, "role"));
    JsonNode content = from.path("content");
    ObjectNode message = Json.newObject();
    switch (role) {
      case "system", "developer" ->
          message.put("role", "system").put("content", ChatRequest.text(content));
      case "user" -> message.put("role", role).set("content", userContent(content));
      case "assistant" -> {
        message.put("role", role);
        String text = ChatRequest.text(content);
        JsonNode calls = from.path("tool_calls");
        if (!text.isEmpty() || calls.isEmpty()) {
          message.put("content", text);
        }
        if (!calls.isEmpty()) {
          message.set("tool_calls", calls);
        }
      }
      case "tool" ->
          message
              .put("role", role)
              .put("tool_call_id", from.path("tool_call_id").stringValue(""))
              .put("content", ChatRequest.text(content));
      default -> throw ChatRequest.unknownRole(role);
    }
    return message;
  }

  private static JsonNode userContent(JsonNode content) throws UnsupportedRequestException {
    for (JsonNode part : ChatRequest.parts(content)) {
      String type = ChatRequest.type(part);
      if (!type.equals("text") && !type.equals("image_url")) {
        throw ChatRequest.unknownPart(type);
      }
    }
    return content;
  }

  private static void addStops(ObjectNode body, ObjectNode call)
      throws UnsupportedRequestException {
    ArrayNode stops = ChatRequest.stops(body);
    if (stops == null) {
      return;
    }
    if (stops.size() > MAX_STOPS) {
      throw new UnsupportedRequestException("takes at most " + MAX_STOPS + " texts in stop");
    }
    call.set("stop_sequences", stops);
  }

  /** Its ranges are narrower than OpenAI's, and it refuses what lies outside. */
  private static void clamp(
      ObjectNode body, String field, ObjectNode call, String name, double least, double most) {
    JsonNode value = Json.present(body, field);
    if (value != null && value.isNumber()) {
      call.put(name, Math.clamp(value.asDouble(), least, most));
    }
  }

  /** One tool that must be called is offered alone: it cannot be named. */
  private static void addTools(ObjectNode body, ObjectNode call)
      throws UnsupportedRequestException {
    List<JsonNode> functions = ChatRequest.functions(body);
    if (functions.isEmpty()) {
      return;
    }
    String forced = ChatRequest.forcedFunction(body);
    ArrayNode tools = call.putArray("tools");
    for (JsonNode function : functions) {
      if (forced == null || forced.equals(Json.text(function, "name"))) {
        tools.addObject().put("type", "function").set("function", function);
      }
    }
    String choice = forced == null ? Json.text(body, "tool_choice") : "required";
    if (choice != null && (choice.equals("required") || choice.equals("none"))) {
      call.put("tool_choice", choice.toUpperCase(Locale.ROOT));
    }
  }

  private static void addFormat(ObjectNode body, ObjectNode call)
      throws UnsupportedRequestException {
    String type = ChatRequest.format(body);
    switch (type) {
      case "text" -> {
        // What it does anyway.
      }
      case "json_object", "json_schema" -> {
        ObjectNode format = call.putObject("response_format").put("type", "json_object");
        JsonNode schema = ChatRequest.schema(body);
        if (schema != null) {
          format.set("json_schema", schema);
        }
      }
      default -> throw ChatRequest.unknownFormat(type);
    }
  }

  /** Only models that say so in their name can think; others refuse to be asked. */
  private static void addThinking(CompletionRequest request, ObjectNode call) {
    String effort = Json.text(request.body(), "reasoning_effort");
    if (effort != null && !call.has("thinking") && request.model().contains("reasoning")) {
      call.putObject("thinking").put("type", effort.equals("none") ? "disabled" : "enabled");
    }
  }
}
