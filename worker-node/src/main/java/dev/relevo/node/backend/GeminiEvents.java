package dev.relevo.node.backend;

import dev.relevo.common.protocol.Delta;
import dev.relevo.common.protocol.FinishReason;
import dev.relevo.common.protocol.Usage;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What the events of Gemini's answers come to. There is no mark at the end: an answer is whole if
 * it told why it stopped before the connection was closed. Counts are for the whole answer so far.
 */
final class GeminiEvents implements EventAnswer.Meaning {
  private final Function<ServerError, Completion.Failed> failures;
  private String model;
  private String responseId = "";
  private int toolCallCount;
  private @Nullable String reason;
  private @Nullable String reasonInWords;
  private @Nullable String blocked;
  private @Nullable Usage usage;

  /**
   * @param model what was asked for
   * @param failures the failure that an error in the stream is
   */
  GeminiEvents(String model, Function<ServerError, Completion.Failed> failures) {
    this.model = model;
    this.failures = failures;
  }

  @Override
  public List<Step> read(ObjectNode chunk) {
    remember(chunk);
    List<Step> steps = new ArrayList<>();
    JsonNode candidate = chunk.path("candidates").path(0);
    for (JsonNode part : candidate.path("content").path("parts").values()) {
      Delta delta = delta(part);
      if (!delta.isEmpty()) {
        steps.add(new Step.Piece(0, delta));
      }
    }
    String given = Json.text(candidate, "finishReason");
    if (given != null && !given.isEmpty()) {
      reason = given;
      reasonInWords = Json.text(candidate, "finishMessage");
    }
    return steps;
  }

  @Override
  public Step.Ended failed(ServerError error) {
    return new Step.Ended(failures.apply(error));
  }

  @Override
  public Step.Ended end(String note) throws MalformedStreamException {
    if (reason == null && blocked == null) {
      throw new CutStreamException("closed the connection before its answer was whole" + note);
    }
    return new Step.Ended(
        new Completion.Finished(
            reason == null ? FinishReason.CONTENT_FILTER : reason(reason), usage, model));
  }

  private void remember(ObjectNode chunk) {
    String answering = Json.text(chunk, "modelVersion");
    if (answering != null && !answering.isEmpty()) {
      model = answering;
    }
    String id = Json.text(chunk, "responseId");
    if (id != null) {
      responseId = id;
    }
    String block = Json.text(chunk.path("promptFeedback"), "blockReason");
    if (block != null) {
      blocked = block;
    }
    JsonNode counts = Json.present(chunk, "usageMetadata");
    if (counts != null) {
      long answered = Math.max(0, Json.count(counts, "candidatesTokenCount"));
      long thought = Json.count(counts, "thoughtsTokenCount");
      usage =
          Counts.usage(
              Json.count(counts, "promptTokenCount"),
              answered + Math.max(0, thought),
              Json.count(counts, "cachedContentTokenCount"),
              thought);
    }
  }

  private Delta delta(JsonNode part) {
    String text = part.path("text").stringValue("");
    JsonNode call = part.path("functionCall");
    if (call.isObject()) {
      return new Delta(null, null, null, List.of(toolCall(call)));
    }
    return part.path("thought").asBoolean(false) ? Delta.reasoning(text) : Delta.text(text);
  }

  /** Calls come whole; their arguments are an object and become text. */
  private Delta.ToolCall toolCall(JsonNode call) {
    int index = toolCallCount++;
    String id = Json.text(call, "id");
    JsonNode arguments = Json.present(call, "args");
    return new Delta.ToolCall(
        index,
        id == null || id.isEmpty() ? inventedId(index) : id,
        "function",
        new Delta.Function(
            Json.text(call, "name"), arguments == null ? "{}" : arguments.toString()));
  }

  /** Most name no id, and a caller needs one that differs between the turns of a talk. */
  private String inventedId(int index) {
    return "call_" + Integer.toHexString(responseId.hashCode()) + "_" + index;
  }

  private FinishReason reason(String word) throws CutStreamException {
    return switch (word) {
      case "MAX_TOKENS" -> FinishReason.LENGTH;
      case "SAFETY",
          "RECITATION",
          "BLOCKLIST",
          "PROHIBITED_CONTENT",
          "SPII",
          "LANGUAGE",
          "IMAGE_SAFETY",
          "IMAGE_PROHIBITED_CONTENT",
          "IMAGE_RECITATION" ->
          FinishReason.CONTENT_FILTER;
      case "MALFORMED_FUNCTION_CALL",
          "UNEXPECTED_TOOL_CALL",
          "TOO_MANY_TOOL_CALLS",
          "OTHER",
          "NO_IMAGE",
          "IMAGE_OTHER",
          "FINISH_REASON_UNSPECIFIED" ->
          throw new CutStreamException(
              "broke off its answer: "
                  + word
                  + (reasonInWords == null ? "" : " (" + reasonInWords + ")"));
      default -> toolCallCount > 0 ? FinishReason.TOOL_CALLS : FinishReason.STOP;
    };
  }
}
