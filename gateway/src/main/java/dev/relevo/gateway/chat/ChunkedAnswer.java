package dev.relevo.gateway.chat;

import dev.relevo.client.JobResult;
import dev.relevo.client.ReplyChunk;
import dev.relevo.common.protocol.Delta;
import dev.relevo.common.protocol.Usage;
import dev.relevo.operator.batch.OpenAiLines;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Puts an answer into the chunks of a stream, in OpenAI's order: of each choice its role, its
 * deltas and its finish, then the count of tokens where it was asked for. Does no I/O; used by one
 * thread.
 */
final class ChunkedAnswer {
  private static final JsonMapper JSON = JsonMapper.shared();

  private final Stamp stamp;
  private final String model;
  private final boolean includesUsage;

  /** The choices whose role was told. */
  private final TreeSet<Integer> begun = new TreeSet<>();

  /**
   * @param model told on all chunks
   */
  ChunkedAnswer(Stamp stamp, String model, boolean includesUsage) {
    this.stamp = stamp;
    this.model = model;
    this.includesUsage = includesUsage;
  }

  /** Whether the caller holds any of the answer. */
  boolean hasBegun() {
    return !begun.isEmpty();
  }

  /** The chunks of a piece. */
  List<ObjectNode> piece(ReplyChunk.Piece piece) {
    List<ObjectNode> chunks = new ArrayList<>();
    begin(piece.index(), chunks);
    ObjectNode delta = delta(piece.delta());
    if (!delta.isEmpty()) {
      chunks.add(choice(piece.index(), delta, null));
    }
    return chunks;
  }

  /** The chunks after the last piece. */
  List<ObjectNode> end(JobResult result) {
    List<ObjectNode> chunks = new ArrayList<>();
    if (begun.isEmpty()) {
      begin(0, chunks);
    }
    JsonNode reason = JSON.valueToTree(result.finishReason());
    begun.forEach(index -> chunks.add(choice(index, JSON.createObjectNode(), reason)));
    Usage usage = result.usage();
    if (includesUsage && usage != null) {
      ObjectNode last = stamp.on("chat.completion.chunk", model);
      last.putArray("choices");
      last.set("usage", OpenAiLines.usage(usage));
      chunks.add(last);
    }
    return chunks;
  }

  private void begin(int index, List<ObjectNode> chunks) {
    if (begun.add(index)) {
      ObjectNode role = JSON.createObjectNode().put("role", "assistant").put("content", "");
      chunks.add(choice(index, role, null));
    }
  }

  private ObjectNode choice(int index, ObjectNode delta, @Nullable JsonNode finishReason) {
    ObjectNode chunk = stamp.on("chat.completion.chunk", model);
    ObjectNode choice = chunk.putArray("choices").addObject().put("index", index);
    choice.set("delta", delta);
    choice.putNull("logprobs");
    choice.set("finish_reason", finishReason == null ? JSON.nullNode() : finishReason);
    return chunk;
  }

  private static ObjectNode delta(Delta delta) {
    ObjectNode json = JSON.createObjectNode();
    put(json, "content", delta.content());
    put(json, "reasoning_content", delta.reasoning());
    put(json, "refusal", delta.refusal());
    if (!delta.toolCalls().isEmpty()) {
      json.set("tool_calls", JSON.valueToTree(delta.toolCalls()));
    }
    return json;
  }

  private static void put(ObjectNode json, String field, @Nullable String text) {
    if (text != null && !text.isEmpty()) {
      json.put(field, text);
    }
  }
}
