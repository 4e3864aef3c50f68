package dev.relevo.node.backend;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Says the messages of a chat-completions request as Gemini wants them: the user and the model in
 * turn, each turn a list of parts, tool results the user's, and what the system says beside them.
 */
final class GeminiContents {
  /**
   * What Google names for calls that another model made, or of which the signature is not known:
   * this protocol has no place for it.
   */
  private static final String NO_SIGNATURE = "skip_thought_signature_validator";

  private final boolean signsToolCalls;
  private final ArrayNode system = Json.newObject().arrayNode();
  private final Turns turns = new Turns("parts");
  private final Map<String, String> toolNames = new HashMap<>();

  /**
   * Takes the messages.
   *
   * @param prefix the beginning of the answer, if there is one
   * @throws UnsupportedRequestException if one of them cannot be said
   */
  GeminiContents(JsonNode messages, @Nullable String prefix, GeminiModel model)
      throws UnsupportedRequestException {
    this.signsToolCalls = model.signsToolCalls();
    for (JsonNode message : messages.values()) {
      add(message);
    }
    String begun = prefix == null ? "" : PrefixSeam.toSend(prefix);
    if (!begun.isEmpty()) {
      begin(begun);
    }
  }

  /** What the system says; empty if nothing. */
  ArrayNode system() {
    return system;
  }

  /** What the others say. */
  ArrayNode contents() {
    return turns.all();
  }

  private void add(JsonNode message) throws UnsupportedRequestException {
    String role = String.valueOf(Json.text(message, "role"));
    JsonNode content = message.path("content");
    switch (role) {
      case "system", "developer" -> {
        String text = ChatRequest.text(content);
        if (!text.isEmpty()) {
          system.add(text(text));
        }
      }
      case "user" -> turns.add("user", parts(content));
      case "assistant" -> {
        List<ObjectNode> parts = new ArrayList<>(parts(content));
        boolean first = true;
        for (JsonNode call : message.path("tool_calls").values()) {
          parts.add(functionCall(call, first));
          first = false;
        }
        turns.add("model", parts);
      }
      case "tool" -> turns.add("user", List.of(functionResponse(message)));
      default -> throw ChatRequest.unknownRole(role);
    }
  }

  /** The beginning of the answer follows the caller's own without a break. */
  private void begin(String prefix) {
    if (!turns.goOn("model", prefix)) {
      turns.add("model", List.of(text(prefix)));
    }
  }

  private static List<ObjectNode> parts(JsonNode content) throws UnsupportedRequestException {
    List<ObjectNode> parts = new ArrayList<>();
    for (JsonNode part : ChatRequest.parts(content)) {
      String type = ChatRequest.type(part);
      switch (type) {
        case "text", "refusal" -> {
          String text = part.path(type).stringValue("");
          if (!text.isEmpty()) {
            parts.add(text(text));
          }
        }
        case "image_url" -> parts.add(file(ChatRequest.imageUrl(part)));
        case "input_audio" -> {
          JsonNode audio = part.path("input_audio");
          String format = audio.path("format").stringValue("wav");
          parts.add(inlineData(new DataUrl("audio/" + format, audio.path("data").stringValue(""))));
        }
        case "file" -> {
          String data = Json.text(part.path("file"), "file_data");
          if (data == null) {
            throw new UnsupportedRequestException("takes a file only with its file_data inside");
          }
          parts.add(file(data));
        }
        default -> throw ChatRequest.unknownPart(type);
      }
    }
    return parts;
  }

  private static ObjectNode text(String text) {
    return Json.newObject().put("text", text);
  }

  private static ObjectNode file(String url) throws UnsupportedRequestException {
    if (DataUrl.isLink(url)) {
      throw new UnsupportedRequestException(
          "fetches no images: send them inside the request, as data:image/png;base64,…");
    }
    return inlineData(DataUrl.of(url));
  }

  private static ObjectNode inlineData(DataUrl data) {
    ObjectNode part = Json.newObject();
    part.putObject("inlineData").put("mimeType", data.mediaType()).put("data", data.base64());
    return part;
  }

  private ObjectNode functionCall(JsonNode call, boolean first) throws UnsupportedRequestException {
    String name = call.path("function").path("name").stringValue("");
    String id = Json.text(call, "id");
    if (id != null) {
      toolNames.put(id, name);
    }
    ObjectNode part = Json.newObject();
    part.putObject("functionCall").put("name", name).set("args", ChatRequest.arguments(call));
    if (first && signsToolCalls) {
      part.put("thoughtSignature", NO_SIGNATURE);
    }
    return part;
  }

  /** What a tool gave must be an object there. */
  private ObjectNode functionResponse(JsonNode message) throws UnsupportedRequestException {
    String text = ChatRequest.text(message.path("content"));
    ObjectNode result = Json.object(text);
    String id = message.path("tool_call_id").stringValue("");
    String given = Json.text(message, "name");
    ObjectNode part = Json.newObject();
    part.putObject("functionResponse")
        .put("name", given == null ? toolNames.getOrDefault(id, id) : given)
        .set("response", result == null ? Json.newObject().put("result", text) : result);
    return part;
  }
}
