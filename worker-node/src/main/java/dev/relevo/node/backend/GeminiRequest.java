package dev.relevo.node.backend;

import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Says a chat-completions request in the words of Gemini's {@code generateContent}; pure. */
final class GeminiRequest {
  private static final Map<String, String> SAMPLING =
      Map.of(
          "temperature", "temperature",
          "top_p", "topP",
          "top_k", "topK",
          "seed", "seed",
          "presence_penalty", "presencePenalty",
          "frequency_penalty", "frequencyPenalty");

  /** Fields of Gemini's own, passed on if a caller knows them. */
  private static final String[] OWN_FIELDS = {"safetySettings", "cachedContent"};

  private GeminiRequest() {}

  /**
   * The body of the call; which model it is for stands in the address.
   *
   * @throws UnsupportedRequestException if Gemini cannot do what is asked
   */
  static ObjectNode of(CompletionRequest request) throws UnsupportedRequestException {
    ObjectNode body = request.body();
    ChatRequest.wantOneAnswer(body);
    GeminiModel model = GeminiModel.of(request.model());
    GeminiContents contents = new GeminiContents(body.path("messages"), request.prefix(), model);
    ObjectNode call = Json.newObject();
    call.set("contents", contents.contents());
    if (!contents.system().isEmpty()) {
      call.putObject("systemInstruction").set("parts", contents.system());
    }
    addTools(body, call);
    for (String field : OWN_FIELDS) {
      ChatRequest.copy(body, field, call, field);
    }
    ObjectNode config = config(body);
    if (request.prefix() == null) {
      addThinking(body, model, config);
    }
    if (!config.isEmpty()) {
      call.set("generationConfig", config);
    }
    return call;
  }

  private static void addTools(ObjectNode body, ObjectNode call)
      throws UnsupportedRequestException {
    List<JsonNode> functions = ChatRequest.functions(body);
    if (functions.isEmpty()) {
      return;
    }
    ArrayNode declarations = call.putArray("tools").addObject().putArray("functionDeclarations");
    for (JsonNode function : functions) {
      ObjectNode declaration =
          declarations.addObject().put("name", function.path("name").stringValue(""));
      String description = Json.text(function, "description");
      if (description != null) {
        declaration.put("description", description);
      }
      JsonNode parameters = Json.present(function, "parameters");
      if (parameters != null) {
        // The field "parameters" takes only a part of what a JSON schema may say.
        declaration.set("parametersJsonSchema", parameters);
      }
    }
    String forced = ChatRequest.forcedFunction(body);
    String choice = Json.text(body, "tool_choice");
    if (forced == null && choice == null) {
      return;
    }
    ObjectNode calling = call.putObject("toolConfig").putObject("functionCallingConfig");
    if (forced != null) {
      calling.put("mode", "ANY").putArray("allowedFunctionNames").add(forced);
      return;
    }
    calling.put(
        "mode",
        switch (String.valueOf(choice)) {
          case "none" -> "NONE";
          case "required" -> "ANY";
          default -> "AUTO";
        });
  }

  private static ObjectNode config(ObjectNode body) throws UnsupportedRequestException {
    ObjectNode config =
        body.path("generationConfig") instanceof ObjectNode own ? own.deepCopy() : Json.newObject();
    SAMPLING.forEach((name, its) -> ChatRequest.copy(body, name, config, its));
    JsonNode maxTokens = ChatRequest.maxTokens(body);
    if (maxTokens != null) {
      config.set("maxOutputTokens", maxTokens);
    }
    ArrayNode stops = ChatRequest.stops(body);
    if (stops != null) {
      config.set("stopSequences", stops);
    }
    String type = ChatRequest.format(body);
    switch (type) {
      case "text" -> {
        // What it does anyway.
      }
      case "json_object", "json_schema" -> {
        config.put("responseMimeType", "application/json");
        JsonNode schema = ChatRequest.schema(body);
        if (schema != null) {
          config.set("responseJsonSchema", schema);
        }
      }
      default -> throw ChatRequest.unknownFormat(type);
    }
    return config;
  }

  /** How hard to think, and to show it; the request's own {@code thinkingConfig} wins. */
  private static void addThinking(ObjectNode body, GeminiModel model, ObjectNode config) {
    String effort = Json.text(body, "reasoning_effort");
    if (effort == null || config.has("thinkingConfig") || !model.thinks()) {
      return;
    }
    ObjectNode thinking = config.putObject("thinkingConfig");
    thinking.put("includeThoughts", !effort.equals("none"));
    if (model.thinksByLevel()) {
      // They cannot be kept from thinking.
      boolean hard = effort.equals("high") || effort.equals("xhigh") || effort.equals("max");
      thinking.put("thinkingLevel", hard ? "high" : "low");
      return;
    }
    thinking.put(
        "thinkingBudget",
        switch (effort) {
          case "none" -> 0;
          case "minimal", "low" -> 1024;
          case "medium" -> 8192;
          default -> 24_576;
        });
  }
}
