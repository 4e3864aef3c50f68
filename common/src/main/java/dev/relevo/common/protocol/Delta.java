package dev.relevo.common.protocol;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * One step of an answer, in the words of an OpenAI stream delta (protocol section 5). Absent parts
 * stay out of the JSON.
 *
 * @param content visible text
 * @param reasoning thinking text, never part of the visible text
 * @param refusal the model's refusal in its own words
 * @param toolCalls fragments of tool calls, in order; fragments of one call share their index
 */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record Delta(
    @Nullable String content,
    @Nullable String reasoning,
    @Nullable String refusal,
    @JsonProperty("tool_calls") List<ToolCall> toolCalls) {

  public Delta {
    toolCalls = Require.list(toolCalls);
  }

  /** A step of visible text. */
  public static Delta text(String content) {
    return new Delta(content, null, null, List.of());
  }

  /** A step of thinking. */
  public static Delta reasoning(String reasoning) {
    return new Delta(null, reasoning, null, List.of());
  }

  /** Whether nothing stands in it. */
  public boolean isEmpty() {
    return empty(content) && empty(reasoning) && empty(refusal) && toolCalls.isEmpty();
  }

  /** The two steps as one: what a reader would have after both. */
  public Delta then(Delta next) {
    return new Delta(
        join(content, next.content),
        join(reasoning, next.reasoning),
        join(refusal, next.refusal),
        toolCalls.isEmpty()
            ? next.toolCalls
            : Stream.concat(toolCalls.stream(), next.toolCalls.stream()).toList());
  }

  private static boolean empty(@Nullable String text) {
    return text == null || text.isEmpty();
  }

  private static @Nullable String join(@Nullable String first, @Nullable String second) {
    if (first == null) {
      return second;
    }
    return second == null ? first : first + second;
  }

  /**
   * A fragment of a tool call.
   *
   * @param index which call of the answer it belongs to, 0 or more
   * @param id the call's id, in its first fragment
   * @param type {@code function}, in its first fragment
   * @param function name and a piece of the arguments
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record ToolCall(
      int index, @Nullable String id, @Nullable String type, @Nullable Function function) {
    public ToolCall {
      Require.atLeast(index, 0, "tool_calls.index");
    }
  }

  /**
   * What a tool call calls.
   *
   * @param name the function's name, in the call's first fragment
   * @param arguments a piece of the JSON text of its arguments
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Function(@Nullable String name, @Nullable String arguments) {}
}
