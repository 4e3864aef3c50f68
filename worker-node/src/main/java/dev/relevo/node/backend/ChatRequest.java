package dev.relevo.node.backend;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Reads what a chat-completions request says, for those who say it in other words. Pure. */
final class ChatRequest {
  private ChatRequest() {}

  /**
   * Refuses what no provider with an API of its own does.
   *
   * @throws UnsupportedRequestException if more than one answer is asked for
   */
  static void wantOneAnswer(ObjectNode body) throws UnsupportedRequestException {
    if (body.path("n").asInt(1) > 1) {
      throw new UnsupportedRequestException("gives one answer to a request: n must be 1");
    }
  }

  /** The longest answer that is wanted, tokens; null if the request does not say. */
  static @Nullable JsonNode maxTokens(ObjectNode body) {
    JsonNode newer = Json.present(body, "max_completion_tokens");
    return newer == null ? Json.present(body, "max_tokens") : newer;
  }

  /** The texts that end an answer; null if there are none. */
  static @Nullable ArrayNode stops(ObjectNode body) {
    JsonNode stop = Json.present(body, "stop");
    if (stop == null) {
      return null;
    }
    ArrayNode list = Json.newObject().arrayNode();
    return stop.isArray() ? list.addAll(stop.values()) : list.add(stop);
  }

  /** A message's content as parts, however it was written. */
  static List<JsonNode> parts(JsonNode content) {
    if (content.isArray()) {
      return new ArrayList<>(content.values());
    }
    String text = content.stringValue("");
    return text.isEmpty()
        ? List.of()
        : List.of(Json.newObject().put("type", "text").put("text", text));
  }

  /**
   * A message's content that is text alone.
   *
   * @throws UnsupportedRequestException if there is more to it
   */
  static String text(JsonNode content) throws UnsupportedRequestException {
    StringBuilder text = new StringBuilder();
    for (JsonNode part : parts(content)) {
      String type = type(part);
      if (!type.equals("text") && !type.equals("refusal")) {
        throw unknownPart(type);
      }
      if (!text.isEmpty()) {
        text.append('\n');
      }
      text.append(part.path(type).stringValue(""));
    }
    return text.toString();
  }

  static String type(JsonNode node) {
    return String.valueOf(Json.text(node, "type"));
  }

  /** The address of an image part. */
  static String imageUrl(JsonNode part) {
    JsonNode image = part.path("image_url");
    return image.isString() ? image.stringValue() : image.path("url").stringValue("");
  }

  static UnsupportedRequestException unknownPart(String type) {
    return new UnsupportedRequestException("takes no message parts of type " + type);
  }

  static UnsupportedRequestException unknownRole(String role) {
    return new UnsupportedRequestException("takes no messages of role " + role);
  }

  /** Whether a message says how the model is to behave. */
  static boolean isSystem(String role) {
    return role.equals("system") || role.equals("developer");
  }

  /**
   * What a tool call in a message hands over.
   *
   * @throws UnsupportedRequestException if it is no JSON object
   */
  static ObjectNode arguments(JsonNode call) throws UnsupportedRequestException {
    JsonNode arguments = call.path("function").path("arguments");
    if (arguments instanceof ObjectNode object) {
      return object;
    }
    String text = arguments.stringValue("");
    ObjectNode object = text.isBlank() ? Json.newObject() : Json.object(text);
    if (object == null) {
      throw new UnsupportedRequestException(
          "takes only a JSON object as arguments of the tool call "
              + call.path("function").path("name").stringValue(""));
    }
    return object;
  }

  /**
   * The functions that the model may call.
   *
   * @throws UnsupportedRequestException if there are other tools among them
   */
  static List<JsonNode> functions(ObjectNode body) throws UnsupportedRequestException {
    List<JsonNode> functions = new ArrayList<>();
    for (JsonNode tool : body.path("tools").values()) {
      if (!type(tool).equals("function")) {
        throw new UnsupportedRequestException("knows no tools of type " + type(tool));
      }
      functions.add(tool.path("function"));
    }
    return functions;
  }

  /** The function that must be called, if it is one alone. */
  static @Nullable String forcedFunction(ObjectNode body) {
    return Json.text(body.path("tool_choice").path("function"), "name");
  }

  /** The form that the answer must have: {@code text}, {@code json_object}, {@code json_schema}. */
  static String format(ObjectNode body) {
    String type = Json.text(body.path("response_format"), "type");
    return type == null ? "text" : type;
  }

  /** The schema that the answer must follow, if the request gives one. */
  static @Nullable JsonNode schema(ObjectNode body) {
    JsonNode format = body.path("response_format");
    JsonNode schema = Json.present(format.path("json_schema"), "schema");
    return schema == null ? Json.present(format, "schema") : schema;
  }

  static UnsupportedRequestException unknownFormat(String type) {
    return new UnsupportedRequestException("knows no response_format of type " + type);
  }

  static void copy(ObjectNode from, String field, ObjectNode to, String name) {
    JsonNode value = Json.present(from, field);
    if (value != null) {
      to.set(name, value);
    }
  }
}
