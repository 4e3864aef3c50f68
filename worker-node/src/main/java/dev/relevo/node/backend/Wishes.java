package dev.relevo.node.backend;

import dev.relevo.node.backend.WorkerInfo.Feature;
import java.util.EnumSet;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** What a chat-completions request asks for that not every backend can do; pure. */
final class Wishes {
  private Wishes() {}

  static Set<Feature> of(ObjectNode body) {
    Set<Feature> wishes = EnumSet.noneOf(Feature.class);
    if (!body.path("tools").isEmpty() || !body.path("functions").isEmpty()) {
      wishes.add(Feature.TOOLS);
    }
    if (body.path("n").asInt(1) > 1) {
      wishes.add(Feature.SEVERAL_ANSWERS);
    }
    switch (String.valueOf(Json.text(body.path("response_format"), "type"))) {
      case "json_object" -> wishes.add(Feature.JSON_OBJECT);
      case "json_schema" -> wishes.add(Feature.JSON_SCHEMA);
      default -> {
        // Text, or a form that only the backend itself knows.
      }
    }
    for (JsonNode message : body.path("messages").values()) {
      for (JsonNode part : message.path("content").values()) {
        if ("image_url".equals(Json.text(part, "type"))) {
          wishes.add(image(part.path("image_url")));
        }
      }
    }
    return wishes;
  }

  /** What it is, for people. */
  static String words(Feature feature) {
    return switch (feature) {
      case USAGE -> "counts of tokens";
      case REASONING -> "reasoning apart from the answer";
      case TOOLS -> "tools";
      case IMAGES -> "images";
      case IMAGE_LINKS -> "images by their address (send them inside, as data:image/png;base64,…)";
      case JSON_OBJECT -> "a JSON object as the answer (response_format)";
      case JSON_SCHEMA -> "an answer by a JSON schema (response_format)";
      case SEVERAL_ANSWERS -> "several answers (n)";
    };
  }

  private static Feature image(JsonNode image) {
    String url = image.isString() ? image.stringValue() : image.path("url").stringValue("");
    return url.startsWith("http://") || url.startsWith("https://")
        ? Feature.IMAGE_LINKS
        : Feature.IMAGES;
  }
}
