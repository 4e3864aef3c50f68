package dev.relevo.node.backend;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Says the messages of a chat-completions request as Anthropic wants them: two roles in turn, each
 * message a list of blocks, tool results inside the user's, and what the system says beside them.
 */
final class AnthropicMessages {
  private final List<String> system = new ArrayList<>();
  private final Turns turns = new Turns("content");

  /**
   * Takes the messages.
   *
   * @param prefix the beginning of the answer, if there is one
   * @throws UnsupportedRequestException if one of them cannot be said
   */
  AnthropicMessages(JsonNode messages, @Nullable String prefix) throws UnsupportedRequestException {
    for (JsonNode message : messages.values()) {
      add(message);
    }
    String begun = prefix == null ? "" : PrefixSeam.toSend(prefix);
    if (!begun.isEmpty()) {
      begin(begun);
    }
  }

  /** What the system says; empty if nothing. */
  String system() {
    return String.join("\n\n", system);
  }

  /** What the others say. */
  ArrayNode messages() {
    return turns.all();
  }

  private void add(JsonNode message) throws UnsupportedRequestException {
    String role = String.valueOf(Json.text(message, "role"));
    JsonNode content = message.path("content");
    switch (role) {
      case "system", "developer" -> {
        String text = ChatRequest.text(content);
        if (!text.isEmpty()) {
          system.add(text);
        }
      }
      case "user" -> turns.add("user", blocks(content));
      case "assistant" -> {
        List<ObjectNode> blocks = new ArrayList<>(blocks(content));
        for (JsonNode call : message.path("tool_calls").values()) {
          blocks.add(toolUse(call));
        }
        turns.add("assistant", blocks);
      }
      case "tool" -> {
        ObjectNode result = Json.newObject().put("type", "tool_result");
        result.put("tool_use_id", message.path("tool_call_id").stringValue(""));
        result.putArray("content").addAll(blocks(content));
        turns.add("user", List.of(result));
      }
      default -> throw ChatRequest.unknownRole(role);
    }
  }

  /** The beginning of the answer follows the caller's own without a break. */
  private void begin(String prefix) {
    if (!turns.goOn("assistant", prefix)) {
      turns.add("assistant", List.of(text(prefix)));
    }
  }

  private static List<ObjectNode> blocks(JsonNode content) throws UnsupportedRequestException {
    List<ObjectNode> blocks = new ArrayList<>();
    for (JsonNode part : ChatRequest.parts(content)) {
      String type = ChatRequest.type(part);
      switch (type) {
        case "text", "refusal" -> {
          String text = part.path(type).stringValue("");
          // It refuses blocks without text.
          if (!text.isEmpty()) {
            blocks.add(text(text));
          }
        }
        case "image_url" -> blocks.add(image(ChatRequest.imageUrl(part)));
        case "file" -> blocks.add(document(part.path("file")));
        default -> throw ChatRequest.unknownPart(type);
      }
    }
    return blocks;
  }

  private static ObjectNode text(String text) {
    return Json.newObject().put("type", "text").put("text", text);
  }

  private static ObjectNode image(String url) throws UnsupportedRequestException {
    ObjectNode image = Json.newObject().put("type", "image");
    if (DataUrl.isLink(url)) {
      image.putObject("source").put("type", "url").put("url", url);
      return image;
    }
    return image.set("source", base64(DataUrl.of(url)));
  }

  private static ObjectNode document(JsonNode file) throws UnsupportedRequestException {
    String data = Json.text(file, "file_data");
    if (data == null) {
      throw new UnsupportedRequestException("takes a file only with its file_data inside");
    }
    return Json.newObject().put("type", "document").set("source", base64(DataUrl.of(data)));
  }

  private static ObjectNode base64(DataUrl data) {
    return Json.newObject()
        .put("type", "base64")
        .put("media_type", data.mediaType())
        .put("data", data.base64());
  }

  private static ObjectNode toolUse(JsonNode call) throws UnsupportedRequestException {
    return Json.newObject()
        .put("type", "tool_use")
        .put("id", call.path("id").stringValue(""))
        .put("name", call.path("function").path("name").stringValue(""))
        .set("input", ChatRequest.arguments(call));
  }
}
