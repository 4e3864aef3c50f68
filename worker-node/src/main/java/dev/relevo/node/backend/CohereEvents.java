package dev.relevo.node.backend;

import dev.relevo.common.protocol.Delta;
import dev.relevo.common.protocol.FinishReason;
import dev.relevo.common.protocol.Usage;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What the events of Cohere's answers come to. Calls are numbered anew; the plan that the model
 * makes before it uses tools is a thought.
 */
final class CohereEvents implements EventAnswer.Meaning {
  private final String model;
  private final Function<ServerError, Completion.Failed> failures;
  private final Map<Long, Integer> toolCalls = new HashMap<>();

  /**
   * @param model what was asked for
   * @param failures the failure that an error in the stream is
   */
  CohereEvents(String model, Function<ServerError, Completion.Failed> failures) {
    this.model = model;
    this.failures = failures;
  }

  @Override
  public List<Step> read(ObjectNode event) throws MalformedStreamException {
    JsonNode delta = event.path("delta");
    JsonNode message = delta.path("message");
    return switch (ChatRequest.type(event)) {
      case "content-start", "content-delta" -> piece(content(message.path("content")));
      case "tool-plan-delta" -> piece(Delta.reasoning(message.path("tool_plan").stringValue("")));
      case "tool-call-start", "tool-call-delta" -> toolCall(event, message.path("tool_calls"));
      case "message-end" -> List.of(ended(delta));
      // A citation, or an event of a later time.
      default -> List.of();
    };
  }

  @Override
  public Step.Ended failed(ServerError error) {
    return new Step.Ended(failures.apply(error));
  }

  private static Delta content(JsonNode content) {
    String text = content.path("text").stringValue("");
    String thinking = content.path("thinking").stringValue("");
    return new Delta(
        text.isEmpty() ? null : text, thinking.isEmpty() ? null : thinking, null, List.of());
  }

  private List<Step> toolCall(ObjectNode event, JsonNode call) {
    long number = Json.count(event, "index");
    int index = toolCalls.computeIfAbsent(number, _ -> toolCalls.size());
    String id = Json.text(call, "id");
    JsonNode function = call.path("function");
    return piece(
        new Delta(
            null,
            null,
            null,
            List.of(
                new Delta.ToolCall(
                    index,
                    id,
                    id == null ? null : "function",
                    new Delta.Function(
                        Json.text(function, "name"), Json.text(function, "arguments"))))));
  }

  private Step.Ended ended(JsonNode delta) throws CutStreamException {
    String word = Json.text(delta, "finish_reason");
    if (word == null) {
      throw new CutStreamException("ended its answer without a finish_reason");
    }
    if (word.equals("ERROR") || word.equals("TIMEOUT")) {
      String error = Json.text(delta, "error");
      return failed(new ServerError(error == null ? word : error, null, null, 0));
    }
    FinishReason reason =
        switch (word) {
          case "MAX_TOKENS" -> FinishReason.LENGTH;
          case "TOOL_CALL" -> FinishReason.TOOL_CALLS;
          default -> FinishReason.STOP;
        };
    return new Step.Ended(new Completion.Finished(reason, usage(delta.path("usage")), model));
  }

  private static @Nullable Usage usage(JsonNode usage) {
    JsonNode counts = usage.path("tokens");
    if (!counts.isObject()) {
      counts = usage.path("billed_units");
    }
    long prompt = Json.count(counts, "input_tokens");
    long completion = Json.count(counts, "output_tokens");
    return prompt < 0 && completion < 0
        ? null
        : new Usage(Math.max(0, prompt), Math.max(0, completion));
  }

  private static List<Step> piece(Delta delta) {
    return delta.isEmpty() ? List.of() : List.of(new Step.Piece(0, delta));
  }
}
