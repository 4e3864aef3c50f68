package dev.relevo.node.backend;

import dev.relevo.common.protocol.Delta;
import dev.relevo.common.protocol.FinishReason;
import dev.relevo.common.protocol.Usage;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What the chunks of a compatible server's answer come to; pure. A whole completion is read like a
 * chunk, its messages like deltas.
 */
final class OpenAiChunks {
  private static final String OPEN = "";

  private final ServerName server;
  private final OpenAiDeltas deltas = new OpenAiDeltas();
  private final SortedMap<Integer, String> reasons = new TreeMap<>();
  private String model;
  private @Nullable Usage usage;

  /**
   * @param model what was asked for
   */
  OpenAiChunks(ServerName server, String model) {
    this.server = server;
    this.model = model;
  }

  /** What a chunk adds to the answer; ends it only if it tells an error. */
  List<Step> read(ObjectNode chunk) {
    ServerError error = ServerError.in(chunk);
    if (error != null) {
      return List.of(failed(error));
    }
    remember(chunk);
    List<Step> steps = new ArrayList<>();
    for (JsonNode choice : chunk.path("choices").values()) {
      readChoice(choice, steps);
    }
    String stopped = Json.text(chunk.path("x_groq"), "error");
    if (stopped != null) {
      steps.add(failed(new ServerError(stopped, null, null, 0)));
    }
    return steps;
  }

  /** The end that an error is. */
  Step failed(ServerError error) {
    return new Step.Ended(Refusal.inStream(error).failure(server));
  }

  /**
   * The end, when the server says that it is.
   *
   * @param terminated whether it said so by its protocol's own mark, and did not only stop sending
   * @param note what else is to be said of an answer that is not whole; may be empty
   * @throws MalformedStreamException if the answer is not whole
   */
  Step end(boolean terminated, String note) throws MalformedStreamException {
    if (reasons.isEmpty() || reasons.containsValue(OPEN)) {
      throw new CutStreamException(
          (terminated
                  ? "ended its answer without a finish_reason"
                  : "closed the connection before its answer was whole")
              + note);
    }
    // Of several answers the first one's end stands for all: there is one terminal.
    FinishReason reason = FinishReason.STOP;
    for (String word : reasons.sequencedValues().reversed()) {
      reason = reason(word, terminated);
    }
    return new Step.Ended(new Completion.Finished(reason, usage, model));
  }

  private void remember(ObjectNode chunk) {
    String answering = Json.text(chunk, "model");
    if (answering != null && !answering.isEmpty()) {
      model = answering;
    }
    JsonNode counts = Json.present(chunk, "usage");
    if (counts == null) {
      counts = Json.present(chunk.path("x_groq"), "usage");
    }
    if (counts != null) {
      Usage counted =
          Counts.usage(
              Json.count(counts, "prompt_tokens"),
              Json.count(counts, "completion_tokens"),
              Json.count(counts.path("prompt_tokens_details"), "cached_tokens"),
              Json.count(counts.path("completion_tokens_details"), "reasoning_tokens"));
      usage = counted == null ? usage : counted;
    } else if (usage == null) {
      usage = timed(chunk.path("timings"));
    }
  }

  /** What llama-server counts in any case, on its last chunk. */
  private static @Nullable Usage timed(JsonNode timings) {
    long read = Json.count(timings, "prompt_n");
    long said = Json.count(timings, "predicted_n");
    long cached = Json.count(timings, "cache_n");
    return read < 0 || said < 0 ? null : Counts.usage(read + Math.max(0, cached), said, cached, -1);
  }

  private void readChoice(JsonNode choice, List<Step> steps) {
    int index = Math.clamp(Json.count(choice, "index"), 0, Integer.MAX_VALUE);
    reasons.putIfAbsent(index, OPEN);
    JsonNode said = Json.present(choice, "delta");
    Delta delta = deltas.read(index, said == null ? choice.path("message") : said);
    if (!delta.isEmpty()) {
      steps.add(new Step.Piece(index, delta));
    }
    String reason = Json.text(choice, "finish_reason");
    if (reason != null && !reason.isEmpty()) {
      reasons.put(index, reason);
    }
  }

  private static FinishReason reason(String word, boolean terminated)
      throws MalformedStreamException {
    return switch (word) {
      case "stop", "eos", "repetition" -> FinishReason.STOP;
      case "length", "model_length" -> FinishReason.LENGTH;
      case "tool_calls", "function_call" -> FinishReason.TOOL_CALLS;
      case "content_filter" -> FinishReason.CONTENT_FILTER;
      case "error", "abort", "insufficient_system_resource" ->
          throw new CutStreamException("broke off its answer: " + word);
      default -> {
        if (!terminated) {
          throw new CutStreamException("broke off its answer: " + word);
        }
        yield FinishReason.STOP;
      }
    };
  }
}
