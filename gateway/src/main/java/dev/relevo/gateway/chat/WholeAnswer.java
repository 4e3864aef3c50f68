package dev.relevo.gateway.chat;

import dev.relevo.client.JobException;
import dev.relevo.client.JobResult;
import dev.relevo.common.protocol.FailureCodes;
import dev.relevo.common.protocol.FinishReason;
import dev.relevo.common.protocol.ReplyRecord;
import dev.relevo.common.protocol.Usage;
import dev.relevo.operator.batch.OpenAiLines;
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
    Usage usage = result.usage();
    if (usage != null) {
      body.set("usage", OpenAiLines.usage(usage));
    }
    return body;
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
