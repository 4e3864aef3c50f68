package dev.relevo.node.backend;

import dev.relevo.common.protocol.Delta;
import dev.relevo.common.protocol.FinishReason;
import dev.relevo.common.protocol.Usage;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What the events of Anthropic's answers come to. An answer is a row of blocks that come one after
 * another; those that use tools are numbered anew, as calls.
 */
final class AnthropicEvents implements EventAnswer.Meaning {
  private static final String CACHED = "cache_read_input_tokens";
  private static final String[] PROMPT_COUNTS = {
    "input_tokens", "cache_creation_input_tokens", CACHED
  };

  private final ServerName server;
  private final Map<Long, ToolUse> toolUses = new HashMap<>();
  private final Map<String, Long> counts = new HashMap<>();
  private String model;
  private @Nullable String reason;

  /** A call, as its block was begun. */
  private static final class ToolUse {
    private final int index;
    private boolean hasArguments;

    ToolUse(int index) {
      this.index = index;
    }
  }

  /**
   * @param model what was asked for
   */
  AnthropicEvents(ServerName server, String model) {
    this.server = server;
    this.model = model;
  }

  @Override
  public List<Step> read(ObjectNode data) throws MalformedStreamException {
    return switch (String.valueOf(Json.text(data, "type"))) {
      case "message_start" -> {
        begin(data.path("message"));
        yield List.of();
      }
      case "content_block_start" -> piece(blockStart(index(data), data.path("content_block")));
      case "content_block_delta" -> piece(blockDelta(index(data), data.path("delta")));
      case "content_block_stop" -> piece(blockStop(index(data)));
      case "message_delta" -> piece(messageDelta(data));
      case "message_stop" -> List.of(new Step.Ended(finished()));
      // A ping, or an event of a later time.
      default -> List.of();
    };
  }

  @Override
  public Step.Ended failed(ServerError error) {
    return new Step.Ended(Refusal.inStream(error).failure(server));
  }

  private void begin(JsonNode message) {
    String answering = Json.text(message, "model");
    if (answering != null && !answering.isEmpty()) {
      model = answering;
    }
    count(message.path("usage"));
  }

  private @Nullable Delta blockStart(long index, JsonNode block) {
    return switch (ChatRequest.type(block)) {
      case "text" -> Delta.text(block.path("text").stringValue(""));
      case "thinking" -> Delta.reasoning(block.path("thinking").stringValue(""));
      case "tool_use" -> {
        ToolUse use = new ToolUse(toolUses.size());
        toolUses.put(index, use);
        JsonNode input = block.path("input");
        use.hasArguments = input.isObject() && !input.isEmpty();
        yield call(
            use,
            Json.text(block, "id"),
            Json.text(block, "name"),
            use.hasArguments ? input.toString() : "");
      }
      default -> null;
    };
  }

  private @Nullable Delta blockDelta(long index, JsonNode delta) {
    return switch (ChatRequest.type(delta)) {
      case "text_delta" -> Delta.text(delta.path("text").stringValue(""));
      case "thinking_delta" -> Delta.reasoning(delta.path("thinking").stringValue(""));
      case "input_json_delta" -> {
        ToolUse use = toolUses.get(index);
        String part = delta.path("partial_json").stringValue("");
        if (use == null || part.isEmpty()) {
          yield null;
        }
        use.hasArguments = true;
        yield call(use, null, null, part);
      }
      default -> null;
    };
  }

  /** A call without arguments comes without any, and a caller parses what it gets. */
  private @Nullable Delta blockStop(long index) {
    ToolUse use = toolUses.get(index);
    return use == null || use.hasArguments ? null : call(use, null, null, "{}");
  }

  private @Nullable Delta messageDelta(ObjectNode data) {
    count(data.path("usage"));
    JsonNode delta = data.path("delta");
    String given = Json.text(delta, "stop_reason");
    if (given != null) {
      reason = given;
    }
    String explanation = Json.text(delta.path("stop_details"), "explanation");
    return explanation == null ? null : new Delta(null, null, explanation, List.of());
  }

  private static Delta call(
      ToolUse use, @Nullable String id, @Nullable String name, String arguments) {
    return new Delta(
        null,
        null,
        null,
        List.of(
            new Delta.ToolCall(
                use.index,
                id,
                id == null ? null : "function",
                new Delta.Function(name, arguments))));
  }

  /** Counts are for the whole answer so far, and not all are told each time. */
  private void count(JsonNode usage) {
    for (String name : usage.propertyNames()) {
      long count = Json.count(usage, name);
      if (count >= 0) {
        counts.put(name, count);
      }
    }
  }

  private Completion finished() throws MalformedStreamException {
    if (reason == null) {
      throw new CutStreamException("ended its answer without a stop_reason");
    }
    FinishReason finish =
        switch (reason) {
          case "max_tokens", "model_context_window_exceeded" -> FinishReason.LENGTH;
          case "tool_use" -> FinishReason.TOOL_CALLS;
          case "refusal" -> FinishReason.CONTENT_FILTER;
          default -> FinishReason.STOP;
        };
    return new Completion.Finished(finish, usage(), model);
  }

  private @Nullable Usage usage() {
    if (counts.isEmpty()) {
      return null;
    }
    long prompt = 0;
    for (String name : PROMPT_COUNTS) {
      prompt += counts.getOrDefault(name, 0L);
    }
    return Counts.usage(
        prompt, counts.getOrDefault("output_tokens", 0L), counts.getOrDefault(CACHED, -1L), -1);
  }

  private static long index(ObjectNode data) {
    return Json.count(data, "index");
  }

  private static List<Step> piece(@Nullable Delta delta) {
    return delta == null || delta.isEmpty() ? List.of() : List.of(new Step.Piece(0, delta));
  }
}
