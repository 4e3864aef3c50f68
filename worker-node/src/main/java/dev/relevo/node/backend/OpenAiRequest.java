package dev.relevo.node.backend;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Prepares a request for a compatible server: forwarded as it is, but streamed. Pure. */
final class OpenAiRequest {
  private OpenAiRequest() {}

  /** The body of the call. */
  static ObjectNode of(CompletionRequest request, ServerKind kind) {
    ObjectNode call = Json.newObject();
    call.setAll(request.body());
    call.put("model", request.model());
    call.put("stream", true);
    addStreamOptions(call);
    kind.adapt(call);
    String prefix = request.prefix();
    if (prefix != null) {
      addPrefix(PrefixSeam.toSend(prefix), kind, call);
    }
    return call;
  }

  private static void addStreamOptions(ObjectNode call) {
    ObjectNode options =
        call.path("stream_options") instanceof ObjectNode given
            ? given.deepCopy()
            : Json.newObject();
    call.set("stream_options", options.put("include_usage", true));
  }

  /** Two assistant messages in a row are refused by some servers. */
  private static void addPrefix(String prefix, ServerKind kind, ObjectNode call) {
    ArrayNode messages = Json.newObject().arrayNode();
    messages.addAll(call.path("messages").values());
    ObjectNode message = begun(messages, prefix);
    if (message == null) {
      message = messages.addObject().put("role", "assistant").put("content", prefix);
    } else {
      messages.set(messages.size() - 1, message);
    }
    call.set("messages", messages);
    kind.continueAnswer(call, message);
  }

  private static @Nullable ObjectNode begun(ArrayNode messages, String prefix) {
    JsonNode last = messages.isEmpty() ? null : messages.get(messages.size() - 1);
    if (!(last instanceof ObjectNode message)
        || !"assistant".equals(Json.text(message, "role"))
        || message.has("tool_calls")) {
      return null;
    }
    String content = Json.text(message, "content");
    return content == null ? null : message.deepCopy().put("content", content + prefix);
  }
}
