package dev.relevo.node.backend;

import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Reads and writes the JSON of model servers, which are not to be trusted with its form. */
final class Json {
  private static final JsonMapper MAPPER = JsonMapper.builder().build();

  private Json() {}

  /** The object that a text is, or null if it is anything else. */
  static @Nullable ObjectNode object(String text) {
    return node(text) instanceof ObjectNode object ? object : null;
  }

  /** The value that a text is, or null if it is no JSON. */
  static @Nullable JsonNode node(String text) {
    try {
      return MAPPER.readTree(text);
    } catch (JacksonException e) {
      return null;
    }
  }

  static byte[] bytes(JsonNode node) {
    return MAPPER.writeValueAsBytes(node);
  }

  static ObjectNode newObject() {
    return MAPPER.createObjectNode();
  }

  /** The text of a field, or null if it is absent, null or no text. */
  static @Nullable String text(JsonNode node, String field) {
    JsonNode value = node.path(field);
    return value.isString() ? value.stringValue() : null;
  }

  /** The field, or null if it is absent or null. */
  static @Nullable JsonNode present(JsonNode node, String field) {
    JsonNode value = node.path(field);
    return value.isMissingNode() || value.isNull() ? null : value;
  }

  /** A whole number of a field, or -1 if there is none or it is negative; servers send floats. */
  static long count(JsonNode node, String field) {
    JsonNode value = node.path(field);
    return value.isNumber() ? Math.max(-1, value.asLong(-1)) : -1;
  }
}
