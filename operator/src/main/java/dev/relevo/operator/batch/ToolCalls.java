package dev.relevo.operator.batch;

import dev.relevo.common.protocol.Delta;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Puts the fragments of a stream's tool calls together. */
public final class ToolCalls {
  private ToolCalls() {}

  /** The calls as a message has them, in the order of their indexes. */
  public static ArrayNode whole(List<Delta.ToolCall> fragments) {
    SortedMap<Integer, Call> calls = new TreeMap<>();
    for (Delta.ToolCall fragment : fragments) {
      calls.computeIfAbsent(fragment.index(), any -> new Call()).add(fragment);
    }
    ArrayNode whole = JsonMapper.shared().createArrayNode();
    calls.values().forEach(call -> call.writeTo(whole.addObject()));
    return whole;
  }

  private static final class Call {
    private @Nullable String id;
    private String type = "function";
    private final StringBuilder name = new StringBuilder();
    private final StringBuilder arguments = new StringBuilder();

    void add(Delta.ToolCall fragment) {
      id = fragment.id() == null ? id : fragment.id();
      type = fragment.type() == null ? type : fragment.type();
      Delta.Function function = fragment.function();
      if (function != null) {
        name.append(function.name() == null ? "" : function.name());
        arguments.append(function.arguments() == null ? "" : function.arguments());
      }
    }

    void writeTo(ObjectNode call) {
      call.put("id", id).put("type", type);
      call.putObject("function")
          .put("name", name.toString())
          .put("arguments", arguments.toString());
    }
  }
}
