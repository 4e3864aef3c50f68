package dev.relevo.gateway.chat;

import dev.relevo.client.JobException;
import dev.relevo.client.JobResult;
import dev.relevo.common.protocol.FailureCodes;
import dev.relevo.common.protocol.FinishReason;
import dev.relevo.common.protocol.ReplyRecord;
import dev.relevo.common.protocol.Usage;
import dev.relevo.operator.batch.OpenAiLines;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Puts an answer into a chat completion. Pure. */
final class WholeAnswer {
  private WholeAnswer() {}

  /** The body of the answer. */
  static ObjectNode of(Stamp stamp, JobResult result) {
    ObjectNode body = stamp.on("chat.completion", result.model());
    ReplyRecord.Done done =
        new ReplyRecord.Done(
            0,
            result.finishReason(),
            result.usage(),
            result.backend(),
            result.model(),
            result.attempts());
    body.set("choices", OpenAiLines.choices(result.answers(), done, true));
    ObjectNode usage = usage(result.usage());
    if (usage != null) {
      body.set("usage", usage);
    }
    return body;
  }

  static @Nullable ObjectNode usage(@Nullable Usage usage) {
    return usage == null
        ? null
        : JsonMapper.shared()
            .createObjectNode()
            .put("prompt_tokens", usage.promptTokens())
            .put("completion_tokens", usage.completionTokens())
            .put("total_tokens", usage.promptTokens() + usage.completionTokens());
  }

  /**
   * Holds an answer that ended to its word.
   *
   * @throws JobException when its backend says that it broke off: that must not look whole
   */
  static JobResult requireWhole(JobResult result) {
    if (result.finishReason() == FinishReason.ERROR) {
      throw new JobException(
          FailureCodes.BACKEND_ERROR,
          "Backend %s ended its answer with an error.".formatted(result.backend()),
          result.position());
    }
    return result;
  }
}
