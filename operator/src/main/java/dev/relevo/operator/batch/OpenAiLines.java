package dev.relevo.operator.batch;

import dev.relevo.common.protocol.Delta;
import dev.relevo.common.protocol.FailureCodes;
import dev.relevo.common.protocol.ReplyRecord;
import dev.relevo.common.protocol.Usage;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Writes answers as the lines of an OpenAI batch's output and error files. Pure. */
public final class OpenAiLines {
  /** The code of a line that is no job. */
  public static final String INVALID_LINE = "invalid_line";

  /** The code of a line that was not answered in its time. */
  public static final String EXPIRED = "batch_expired";

  /** The code of a line whose job somebody stopped. */
  public static final String CANCELLED = "batch_cancelled";

  private static final JsonMapper JSON = JsonMapper.shared();
  private static final String ID_BEGINNING = "batch_req_";
  private static final int OK = 200;

  /**
   * Failures that say nothing against the request: no server has answered it. Any other code of a
   * job is a backend's own, who refused it.
   */
  private static final Set<String> UNANSWERED =
      Set.of(
          FailureCodes.NO_WORKERS_AVAILABLE,
          FailureCodes.DEADLINE_EXCEEDED,
          FailureCodes.ATTEMPTS_EXHAUSTED,
          FailureCodes.STREAM_BROKEN,
          FailureCodes.FORBIDDEN_REPLY_PLACE,
          FailureCodes.ALREADY_SUBMITTED,
          FailureCodes.BACKEND_ERROR,
          FailureCodes.BACKEND_BUSY,
          FailureCodes.NODE_LOST,
          FailureCodes.RECORD_GONE,
          FailureCodes.REPLY_GONE,
          "no_answer",
          "answer_too_long",
          EXPIRED,
          CANCELLED);

  private OpenAiLines() {}

  /**
   * Whose answer it is.
   *
   * @param number of the line, from 1
   * @param customId what its owner calls it
   * @param job null where there never was one
   */
  public record Asked(long number, String customId, @Nullable String job) {
    private ObjectNode line() {
      ObjectNode fields = JSON.createObjectNode();
      fields.put("id", ID_BEGINNING + Optional.ofNullable(job).orElse(Long.toString(number)));
      return fields.put("custom_id", customId);
    }

    private ObjectNode answered(int status, ObjectNode body) {
      ObjectNode fields = line();
      ObjectNode response = fields.putObject("response");
      response.put("status_code", status).put("request_id", job == null ? customId : job);
      response.set("body", body);
      fields.putNull("error");
      return fields;
    }
  }

  /**
   * A whole answer: status 200 and a chat completion.
   *
   * @param createdSeconds when it was made, seconds since 1970
   */
  public static byte[] done(
      Asked asked, SortedMap<Integer, Delta> answers, ReplyRecord.Done done, long createdSeconds) {
    ObjectNode body = JSON.createObjectNode();
    body.put("id", "chatcmpl-" + asked.job()).put("object", "chat.completion");
    body.put("created", createdSeconds).put("model", done.model());
    body.set("choices", choices(answers, done, true));
    Usage usage = done.usage();
    if (usage != null) {
      body.set("usage", usage(usage));
    }
    return JSON.writeValueAsBytes(asked.answered(OK, body));
  }

  /** A count of tokens, with their sum. */
  public static ObjectNode usage(Usage usage) {
    ObjectNode json = JSON.valueToTree(usage);
    return json.put("total_tokens", usage.promptTokens() + usage.completionTokens());
  }

  /** No answer: a status where the request was refused, else an error without a response. */
  public static byte[] failed(Asked asked, String code, String message) {
    if (isRefused(code, message)) {
      boolean tooLong = Refusals.isTooLong(code, message);
      boolean missing = code.equals(Refusals.MODEL_NOT_FOUND);
      ObjectNode body = JSON.createObjectNode();
      body.putObject("error")
          .put("message", message)
          .put("type", "invalid_request_error")
          .put("param", tooLong ? "messages" : missing ? "model" : null)
          .put("code", tooLong ? Refusals.CONTEXT_LENGTH_EXCEEDED : code);
      int status = missing ? 404 : 400;
      return JSON.writeValueAsBytes(asked.answered(status, body));
    }
    ObjectNode fields = asked.line();
    fields.putNull("response");
    fields
        .putObject("error")
        .put("code", code.equals(FailureCodes.DEADLINE_EXCEEDED) ? EXPIRED : code)
        .put("message", message);
    return JSON.writeValueAsBytes(fields);
  }

  private static boolean isRefused(String code, String message) {
    return !UNANSWERED.contains(code) && !Refusals.isOutOfTime(message);
  }

  /** Whether a line that was read says that there is a whole answer. */
  public static boolean isWhole(int status) {
    return status == OK;
  }

  /**
   * The answers as the choices of a chat completion.
   *
   * @param strict whether a client of OpenAI reads them: it expects every field
   */
  public static ArrayNode choices(
      SortedMap<Integer, Delta> answers, ReplyRecord.Done done, boolean strict) {
    ArrayNode choices = JSON.createArrayNode();
    answers.forEach((index, answer) -> choices.add(choice(index, answer, done, strict)));
    if (choices.isEmpty()) {
      choices.add(choice(0, Delta.text(""), done, strict));
    }
    return choices;
  }

  private static ObjectNode choice(int index, Delta answer, ReplyRecord.Done done, boolean strict) {
    ObjectNode choice = JSON.createObjectNode().put("index", index);
    ObjectNode message = choice.putObject("message").put("role", "assistant");
    boolean calls = !answer.toolCalls().isEmpty();
    message.put("content", answer.content() == null && !calls ? "" : answer.content());
    if (strict || answer.refusal() != null) {
      message.put("refusal", answer.refusal());
    }
    if (answer.reasoning() != null) {
      message.put("reasoning_content", answer.reasoning());
    }
    if (calls) {
      message.set("tool_calls", ToolCalls.whole(answer.toolCalls()));
    }
    if (strict) {
      choice.putNull("logprobs");
    }
    choice.set("finish_reason", JSON.valueToTree(done.finishReason()));
    return choice;
  }
}
