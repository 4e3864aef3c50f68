package dev.relevo.node.backend;

import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Says a chat-completions request in the words of Anthropic's {@code /v1/messages}; pure. */
final class AnthropicRequest {
  /** Fields of Anthropic's own, passed on if a caller knows them. */
  private static final String[] OWN_FIELDS = {
    "top_k", "thinking", "output_config", "metadata", "cache_control"
  };

  private static final int LEAST_THINKING = 1024;

  private AnthropicRequest() {}

  /**
   * The body of the call.
   *
   * @throws UnsupportedRequestException if Anthropic cannot do what is asked
   */
  static ObjectNode of(CompletionRequest request) throws UnsupportedRequestException {
    ObjectNode body = request.body();
    ChatRequest.wantOneAnswer(body);
    AnthropicModel model = AnthropicModel.of(request.model());
    AnthropicMessages messages = new AnthropicMessages(body.path("messages"), request.prefix());
    ObjectNode call = Json.newObject();
    call.put("model", request.model());
    call.put("stream", true);
    JsonNode maxTokens = ChatRequest.maxTokens(body);
    if (maxTokens == null) {
      call.put("max_tokens", model.defaultMaxTokens());
    } else {
      call.set("max_tokens", maxTokens);
    }
    if (!messages.system().isEmpty()) {
      call.put("system", messages.system());
    }
    call.set("messages", messages.messages());
    ArrayNode stops = ChatRequest.stops(body);
    if (stops != null) {
      call.set("stop_sequences", stops);
    }
    for (String field : OWN_FIELDS) {
      ChatRequest.copy(body, field, call, field);
    }
    addUser(body, call);
    addTools(body, call);
    addFormat(body, call);
    if (request.prefix() == null) {
      addThinking(body, model, call);
    } else {
      // A begun answer has been thought through, and thinking refuses a beginning.
      call.remove("thinking");
    }
    addSampling(body, model, call);
    return call;
  }

  private static void addUser(ObjectNode body, ObjectNode call) {
    String user = Json.text(body, "user");
    if (user != null && !call.has("metadata")) {
      call.putObject("metadata").put("user_id", user);
    }
  }

  private static void addTools(ObjectNode body, ObjectNode call)
      throws UnsupportedRequestException {
    List<JsonNode> functions = ChatRequest.functions(body);
    if (functions.isEmpty()) {
      return;
    }
    ArrayNode tools = call.putArray("tools");
    for (JsonNode function : functions) {
      ObjectNode tool = tools.addObject().put("name", function.path("name").stringValue(""));
      String description = Json.text(function, "description");
      if (description != null) {
        tool.put("description", description);
      }
      JsonNode parameters = Json.present(function, "parameters");
      tool.set(
          "input_schema", parameters == null ? Json.newObject().put("type", "object") : parameters);
    }
    ObjectNode choice = toolChoice(body);
    if (choice != null) {
      call.set("tool_choice", choice);
    }
  }

  private static @Nullable ObjectNode toolChoice(ObjectNode body) {
    String forced = ChatRequest.forcedFunction(body);
    String word = Json.text(body, "tool_choice");
    boolean oneByOne = !body.path("parallel_tool_calls").asBoolean(true);
    if (forced == null && word == null && !oneByOne) {
      return null;
    }
    ObjectNode choice = Json.newObject();
    if (forced != null) {
      choice.put("type", "tool").put("name", forced);
    } else {
      choice.put(
          "type",
          switch (String.valueOf(word)) {
            case "none" -> "none";
            case "required" -> "any";
            default -> "auto";
          });
    }
    if (oneByOne && !"none".equals(word)) {
      choice.put("disable_parallel_tool_use", true);
    }
    return choice;
  }

  private static void addFormat(ObjectNode body, ObjectNode call)
      throws UnsupportedRequestException {
    String type = ChatRequest.format(body);
    JsonNode schema = ChatRequest.schema(body);
    switch (type) {
      case "text" -> {
        // What it does anyway.
      }
      case "json_schema" -> {
        if (schema == null) {
          throw new UnsupportedRequestException("wants a schema in a json_schema format");
        }
        ObjectNode format = Json.newObject().put("type", "json_schema");
        outputConfig(call).set("format", format.set("schema", schema));
      }
      case "json_object" ->
          throw new UnsupportedRequestException(
              "answers in JSON only by a schema: ask for the response_format json_schema");
      default -> throw ChatRequest.unknownFormat(type);
    }
  }

  /** How hard to think; the request's own {@code thinking} wins. */
  private static void addThinking(ObjectNode body, AnthropicModel model, ObjectNode call) {
    String effort = Json.text(body, "reasoning_effort");
    if (effort == null || call.has("thinking") || !model.thinks() || mustNotThink(body, call)) {
      return;
    }
    if (effort.equals("none")) {
      call.putObject("thinking").put("type", "disabled");
      return;
    }
    if (model.thinksAsItSeesFit()) {
      call.putObject("thinking").put("type", "adaptive");
      ObjectNode config = outputConfig(call);
      if (!config.has("effort")) {
        config.put("effort", effort.equals("minimal") ? "low" : effort);
      }
      return;
    }
    boolean limited = ChatRequest.maxTokens(body) != null;
    long maxTokens = Json.count(call, "max_tokens");
    long budget = limited ? Math.min(budget(effort), maxTokens / 2) : budget(effort);
    if (budget < LEAST_THINKING) {
      return;
    }
    if (!limited) {
      call.put("max_tokens", maxTokens + budget);
    }
    call.putObject("thinking").put("type", "enabled").put("budget_tokens", budget);
  }

  private static long budget(String effort) {
    return switch (effort) {
      case "minimal", "low" -> LEAST_THINKING;
      case "medium" -> 4 * LEAST_THINKING;
      default -> 16 * LEAST_THINKING;
    };
  }

  /**
   * Not when a tool is forced; and not in the middle of tool use, where it wants its own earlier
   * thoughts back, with a signature that no caller of this protocol has.
   */
  private static boolean mustNotThink(ObjectNode body, ObjectNode call) {
    String choice = Json.text(call.path("tool_choice"), "type");
    JsonNode messages = body.path("messages");
    JsonNode last = messages.isEmpty() ? null : messages.get(messages.size() - 1);
    return "any".equals(choice)
        || "tool".equals(choice)
        || (last != null && "tool".equals(Json.text(last, "role")));
  }

  private static void addSampling(ObjectNode body, AnthropicModel model, ObjectNode call) {
    String thinking = Json.text(call.path("thinking"), "type");
    boolean thinks = thinking != null && !thinking.equals("disabled");
    JsonNode temperature = Json.present(body, "temperature");
    if (thinks || model.refusesTemperature()) {
      call.remove("top_k");
      return;
    }
    if (temperature != null) {
      // Others go up to 2.
      call.put("temperature", Math.clamp(temperature.asDouble(1), 0, 1));
    }
    if (temperature == null || !model.wantsOneOfTemperatureAndTopP()) {
      ChatRequest.copy(body, "top_p", call, "top_p");
    }
  }

  private static ObjectNode outputConfig(ObjectNode call) {
    ObjectNode config =
        call.path("output_config") instanceof ObjectNode given
            ? given.deepCopy()
            : Json.newObject();
    call.set("output_config", config);
    return config;
  }
}
