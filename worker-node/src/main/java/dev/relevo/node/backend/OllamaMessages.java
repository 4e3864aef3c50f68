package dev.relevo.node.backend;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Says the messages of a chat-completions request as Ollama wants them: contents are text, images
 * stand beside it, arguments of tool calls are objects, tool results name their tool.
 */
final class OllamaMessages {
  private final ArrayNode messages = Json.newObject().arrayNode();
  private final Map<String, String> toolNames = new HashMap<>();

  private OllamaMessages() {}

  /**
   * The messages, with the beginning of the answer as the last of them if there is one.
   *
   * @throws UnsupportedRequestException if one of them cannot be said
   */
  static ArrayNode of(JsonNode messages, @Nullable String prefix)
      throws UnsupportedRequestException {
    OllamaMessages mapped = new OllamaMessages();
    for (JsonNode message : messages.values()) {
      mapped.add(message);
    }
    if (prefix != null) {
      mapped.begin(PrefixSeam.toSend(prefix));
    }
    return mapped.messages;
  }

  private void add(JsonNode from) throws UnsupportedRequestException {
    ObjectNode message = messages.addObject();
    message.put("role", role(String.valueOf(Json.text(from, "role"))));
    addContent(from.path("content"), message);
    String reasoning = Json.text(from, "reasoning");
    if (reasoning == null) {
      reasoning = Json.text(from, "reasoning_content");
    }
    if (reasoning != null) {
      message.put("thinking", reasoning);
    }
    addToolCalls(from.path("tool_calls"), message);
    addToolResult(from, message);
  }

  private static String role(String role) {
    return switch (role) {
      case "developer" -> "system";
      case "function" -> "tool";
      default -> role;
    };
  }

  private static void addContent(JsonNode content, ObjectNode message)
      throws UnsupportedRequestException {
    if (!content.isArray()) {
      message.put("content", content.stringValue(""));
      return;
    }
    StringBuilder text = new StringBuilder();
    ArrayNode images = Json.newObject().arrayNode();
    for (JsonNode part : content.values()) {
      String type = String.valueOf(Json.text(part, "type"));
      switch (type) {
        case "text", "refusal" -> append(text, part.path(type).stringValue(""));
        case "image_url" -> images.add(image(part.path("image_url")));
        case "input_audio" -> images.add(part.path("input_audio").path("data").stringValue(""));
        default -> throw new UnsupportedRequestException("takes no message parts of type " + type);
      }
    }
    message.put("content", text.toString());
    if (!images.isEmpty()) {
      message.set("images", images);
    }
  }

  private static void append(StringBuilder text, String part) {
    if (!text.isEmpty()) {
      text.append('\n');
    }
    text.append(part);
  }

  private static String image(JsonNode image) throws UnsupportedRequestException {
    String url = image.isString() ? image.stringValue() : image.path("url").stringValue("");
    if (url.startsWith("http://") || url.startsWith("https://")) {
      throw new UnsupportedRequestException(
          "fetches no images: send them inside the request, as data:image/png;base64,…");
    }
    return url.startsWith("data:") ? url.substring(url.indexOf(',') + 1) : url;
  }

  private void addToolCalls(JsonNode calls, ObjectNode message) throws UnsupportedRequestException {
    if (!calls.isArray() || calls.isEmpty()) {
      return;
    }
    ArrayNode mapped = message.putArray("tool_calls");
    for (JsonNode call : calls.values()) {
      String name = call.path("function").path("name").stringValue("");
      String id = Json.text(call, "id");
      ObjectNode entry = mapped.addObject();
      if (id != null) {
        entry.put("id", id);
        toolNames.put(id, name);
      }
      ObjectNode function = entry.putObject("function");
      function.put("index", mapped.size() - 1);
      function.put("name", name);
      function.set("arguments", arguments(call.path("function").path("arguments"), name));
    }
  }

  private static ObjectNode arguments(JsonNode arguments, String name)
      throws UnsupportedRequestException {
    if (arguments instanceof ObjectNode object) {
      return object;
    }
    String text = arguments.stringValue("");
    ObjectNode object = text.isBlank() ? Json.newObject() : Json.object(text);
    if (object == null) {
      throw new UnsupportedRequestException(
          "takes only a JSON object as arguments of the tool call " + name);
    }
    return object;
  }

  private void addToolResult(JsonNode from, ObjectNode message) {
    String id = Json.text(from, "tool_call_id");
    String name = Json.text(from, "name");
    if (!message.path("role").stringValue("").equals("tool")) {
      return;
    }
    if (id != null) {
      message.put("tool_call_id", id);
    }
    if (name == null && id != null) {
      name = toolNames.get(id);
    }
    if (name != null) {
      message.put("tool_name", name);
    }
  }

  /** Two assistant messages in a row would be joined by an empty line. */
  private void begin(String prefix) {
    ObjectNode last = messages.isEmpty() ? null : (ObjectNode) messages.get(messages.size() - 1);
    if (last != null
        && last.path("role").stringValue("").equals("assistant")
        && !last.has("tool_calls")) {
      last.put("content", last.path("content").stringValue("") + prefix);
      return;
    }
    messages.addObject().put("role", "assistant").put("content", prefix);
  }
}
