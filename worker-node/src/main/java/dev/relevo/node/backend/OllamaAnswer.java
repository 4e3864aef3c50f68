package dev.relevo.node.backend;

import dev.relevo.common.protocol.Delta;
import dev.relevo.common.protocol.FinishReason;
import dev.relevo.common.protocol.Usage;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Reads Ollama's answer: one JSON object per line, the last of them with {@code done:true}. An
 * answer without that line was cut, however orderly the connection was closed.
 */
final class OllamaAnswer implements AnswerParser {
  /** Ollama's own client reads lines of up to 8 MB. */
  static final int MAX_LINE_BYTES = 16 * 1024 * 1024;

  private final ServerName server;
  private final String model;
  private final JsonLines lines = new JsonLines(MAX_LINE_BYTES);
  private final Unreadable unreadable = new Unreadable();
  private final Queue<Step> ready = new ArrayDeque<>();
  private boolean begun;
  private boolean closed;
  private int toolCallCount;

  /**
   * @param model what was asked for
   */
  OllamaAnswer(ServerName server, String model) {
    this.server = server;
    this.model = model;
  }

  @Override
  public void feed(byte[] bytes, int count) {
    lines.feed(bytes, count);
  }

  @Override
  public void end() {
    closed = true;
  }

  @Override
  public @Nullable Step next() throws MalformedStreamException {
    while (ready.isEmpty()) {
      JsonLines.Line line = closed ? lines.rest() : lines.next();
      if (line != null) {
        read(line);
      } else if (closed) {
        throw new CutStreamException(
            "closed the connection before its answer was whole" + unreadable.note());
      } else {
        return null;
      }
    }
    return ready.remove();
  }

  private void read(JsonLines.Line line) throws MalformedStreamException {
    ObjectNode object = line.object();
    if (object == null) {
      if (!begun && Unreadable.isPage(line.text().stripLeading().charAt(0))) {
        throw Unreadable.page();
      }
      begun = true;
      ready.add(
          unreadable.skip("a line that is no JSON object – is base-url the address of an Ollama?"));
      return;
    }
    begun = true;
    ServerError error = ServerError.in(object);
    if (error != null) {
      Refusal refusal = Refusal.inStream(error);
      ready.add(new Step.Ended(refusal.failure(server)));
      return;
    }
    addDelta(object);
    String reason = Json.text(object, "done_reason");
    if ("load".equals(reason) || "unload".equals(reason)) {
      throw new CutStreamException(
          "only did the model's " + reason + " and gave no answer: has the request messages?");
    }
    if (object.path("done").asBoolean(false)) {
      ready.add(new Step.Ended(finished(object)));
    }
  }

  private void addDelta(ObjectNode line) {
    JsonNode message = line.path("message");
    Delta delta =
        new Delta(
            nonEmpty(Json.text(message, "content")),
            nonEmpty(Json.text(message, "thinking")),
            null,
            toolCalls(message.path("tool_calls"), line));
    if (!delta.isEmpty()) {
      ready.add(new Step.Piece(0, delta));
    }
  }

  /** Calls come whole; their arguments are an object and become text. */
  private List<Delta.ToolCall> toolCalls(JsonNode calls, ObjectNode line) {
    List<Delta.ToolCall> toolCalls = new ArrayList<>();
    for (JsonNode call : calls.values()) {
      int index = toolCallCount++;
      String id = nonEmpty(Json.text(call, "id"));
      JsonNode function = call.path("function");
      JsonNode arguments = Json.present(function, "arguments");
      toolCalls.add(
          new Delta.ToolCall(
              index,
              id == null ? inventedId(line, index) : id,
              "function",
              new Delta.Function(
                  Json.text(function, "name"), arguments == null ? "{}" : arguments.toString())));
    }
    return toolCalls;
  }

  /** Older builds name no id, and a caller needs one that differs between the turns of a talk. */
  private static String inventedId(ObjectNode line, int index) {
    return "call_"
        + Integer.toHexString(String.valueOf(Json.text(line, "created_at")).hashCode())
        + "_"
        + index;
  }

  private Completion finished(ObjectNode line) {
    String answering = nonEmpty(Json.text(line, "model"));
    return new Completion.Finished(
        reason(line), usage(line), answering == null ? model : answering);
  }

  private FinishReason reason(ObjectNode line) {
    if ("length".equals(Json.text(line, "done_reason"))) {
      return FinishReason.LENGTH;
    }
    return toolCallCount > 0 ? FinishReason.TOOL_CALLS : FinishReason.STOP;
  }

  private static @Nullable Usage usage(ObjectNode line) {
    long prompt = Json.count(line, "prompt_eval_count");
    long completion = Json.count(line, "eval_count");
    // A count that is 0 is left out.
    return prompt < 0 && completion < 0
        ? null
        : new Usage(Math.max(0, prompt), Math.max(0, completion));
  }

  private static @Nullable String nonEmpty(@Nullable String text) {
    return text == null || text.isEmpty() ? null : text;
  }
}
