package dev.relevo.node.backend;

import dev.relevo.common.protocol.Delta;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Reads the deltas of a compatible server's choices, and the messages of whole completions, which
 * have the same fields. It remembers which tool calls were begun: some servers do not number them.
 */
final class OpenAiDeltas {
  private final Map<Integer, Integer> begunToolCalls = new HashMap<>();

  /**
   * What a delta says, possibly nothing.
   *
   * @param choice the choice's index
   */
  Delta read(int choice, JsonNode delta) {
    JsonNode content = delta.path("content");
    String reasoning = text(delta, "reasoning");
    if (reasoning == null) {
      reasoning = text(delta, "reasoning_content");
    }
    if (content.isArray()) {
      reasoning = reasoning == null ? parts(content, "thinking") : reasoning;
    }
    return new Delta(
        content.isArray() ? parts(content, "text") : text(delta, "content"),
        reasoning,
        text(delta, "refusal"),
        toolCalls(choice, delta));
  }

  /** The parts of one kind, joined; a thinking part holds a list of text parts. */
  private static @Nullable String parts(JsonNode content, String type) {
    StringBuilder joined = new StringBuilder();
    for (JsonNode part : content.values()) {
      if (!type.equals(Json.text(part, "type"))) {
        continue;
      }
      JsonNode value = part.path(type);
      String inner = value.isArray() ? parts(value, "text") : value.stringValue("");
      joined.append(inner == null ? "" : inner);
    }
    return joined.isEmpty() ? null : joined.toString();
  }

  private List<Delta.ToolCall> toolCalls(int choice, JsonNode delta) {
    List<Delta.ToolCall> toolCalls = new ArrayList<>();
    for (JsonNode call : delta.path("tool_calls").values()) {
      toolCalls.add(toolCall(index(choice, call), text(call, "id"), call.path("function")));
    }
    JsonNode function = delta.path("function_call");
    if (function.isObject()) {
      // The form before tools; only one call is possible in it.
      toolCalls.add(toolCall(0, text(function, "name") == null ? null : "call_0", function));
    }
    return toolCalls;
  }

  private static Delta.ToolCall toolCall(int index, @Nullable String id, JsonNode function) {
    String name = text(function, "name");
    JsonNode arguments = Json.present(function, "arguments");
    String text =
        arguments == null || arguments.isString()
            ? Json.text(function, "arguments")
            : arguments.toString();
    return new Delta.ToolCall(
        index, id, id == null ? null : "function", new Delta.Function(name, text));
  }

  private int index(int choice, JsonNode call) {
    long given = Json.count(call, "index");
    int begun = begunToolCalls.getOrDefault(choice, 0);
    if (given >= 0 && given < Integer.MAX_VALUE) {
      begunToolCalls.put(choice, Math.max(begun, (int) given + 1));
      return (int) given;
    }
    if (text(call, "id") == null && begun > 0) {
      return begun - 1;
    }
    begunToolCalls.put(choice, begun + 1);
    return begun;
  }

  private static @Nullable String text(JsonNode node, String field) {
    String text = Json.text(node, field);
    return text == null || text.isEmpty() ? null : text;
  }
}
