package dev.relevo.common.reply;

import dev.relevo.common.protocol.Delta;
import dev.relevo.common.protocol.Delta.ToolCall;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What readers have been given of one answer so far. */
final class ReplyText {
  private final StringBuilder content = new StringBuilder();
  private final StringBuilder reasoning = new StringBuilder();
  private final StringBuilder refusal = new StringBuilder();
  private final List<ToolCall> toolCalls = new ArrayList<>();

  void append(Delta delta) {
    append(content, delta.content());
    append(reasoning, delta.reasoning());
    append(refusal, delta.refusal());
    toolCalls.addAll(delta.toolCalls());
  }

  Delta toDelta() {
    return new Delta(text(content), text(reasoning), text(refusal), List.copyOf(toolCalls));
  }

  /** Roughly what a delta costs to keep, characters. */
  static long sizeOf(Delta delta) {
    long size = length(delta.content()) + length(delta.reasoning()) + length(delta.refusal());
    for (ToolCall call : delta.toolCalls()) {
      size += TOOL_CALL_OVERHEAD;
      if (call.function() != null) {
        size += length(call.function().arguments());
      }
    }
    return size;
  }

  private static final int TOOL_CALL_OVERHEAD = 64;

  private static void append(StringBuilder to, @Nullable String text) {
    if (text != null) {
      to.append(text);
    }
  }

  private static @Nullable String text(StringBuilder from) {
    return from.isEmpty() ? null : from.toString();
  }

  private static long length(@Nullable String text) {
    return text == null ? 0 : text.length();
  }
}
