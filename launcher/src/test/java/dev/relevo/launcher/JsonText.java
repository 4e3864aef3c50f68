package dev.relevo.launcher;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Looks a text up in JSON. */
final class JsonText {
  private JsonText() {}

  /** The text at the end of these names; empty where there is none. */
  static String of(String json, String... names) {
    JsonNode node = JsonMapper.shared().readTree(json);
    for (String name : names) {
      node = node.path(name);
    }
    return node.asString("");
  }
}
