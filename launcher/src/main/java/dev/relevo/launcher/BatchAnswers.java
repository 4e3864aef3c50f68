package dev.relevo.launcher;

import dev.relevo.common.protocol.Delta;
import dev.relevo.common.protocol.FailureCodes;
import dev.relevo.common.protocol.ReplyRecord;
import dev.relevo.common.protocol.Usage;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Writes answers as lines, and knows them again ({@code docs/batches.md}). */
final class BatchAnswers {
  /** The code of a line that is no job. */
  static final String INVALID_LINE = "invalid_line";

  /** How every line begins; what else stands in a file was not written here. */
  static final String BEGINNING = "{\"id\":\"";

  private static final JsonMapper JSON = JsonMapper.shared();
  private static final String OPENAI_ID = "batch_req_";
  private static final int OK = 200;

  /** Failures that a server would have answered with a status: the request itself is refused. */
  private static final Map<String, Integer> REFUSALS =
      Map.of(
          FailureCodes.INVALID_REQUEST,
          400,
          FailureCodes.CONTENT_FILTER,
          400,
          FailureCodes.MALFORMED_RECORD,
          400,
          "context_length_exceeded",
          400,
          "model_not_found",
          404,
          INVALID_LINE,
          400);

  private final InstantSource clock;

  BatchAnswers(InstantSource clock) {
    this.clock = clock;
  }

  /**
   * A line that was written before.
   *
   * @param id of the line in the job file
   * @param isWhole whether there is an answer, and not the reason why there is none
   */
  record Known(String id, boolean isWhole) {}

  /** Reads a line; empty when it is none of ours. */
  static Optional<Known> read(byte[] line) {
    try {
      JsonNode fields = JSON.readTree(line);
      JsonNode custom = fields.get("custom_id");
      if (custom != null) {
        boolean ours = custom.isString() && fields.has("response") && fields.has("error");
        int status = fields.path("response").path("status_code").asInt(0);
        return ours ? Optional.of(new Known(custom.asString(), status == OK)) : Optional.empty();
      }
      JsonNode id = fields.path("id");
      JsonNode status = fields.path("status");
      return id.isString() && status.isString()
          ? Optional.of(new Known(id.asString(), status.asString().equals("done")))
          : Optional.empty();
    } catch (JacksonException e) {
      return Optional.empty();
    }
  }

  /** A whole answer. */
  byte[] done(
      BatchLine line, String job, SortedMap<Integer, Delta> answers, ReplyRecord.Done done) {
    return line.format() == BatchFormat.OPENAI
        ? openAiDone(line, job, answers, done)
        : plainDone(line, job, answers, done);
  }

  /**
   * No answer.
   *
   * @param job null where there never was one
   */
  byte[] failed(BatchLine line, @Nullable String job, String code, String message, int attempts) {
    if (line.format() == BatchFormat.OPENAI) {
      String openAi = code.equals(FailureCodes.DEADLINE_EXCEEDED) ? "batch_expired" : code;
      return openAiFailed(line, job, openAi, message);
    }
    return plainEnd(line, job, "failed", code, message, attempts);
  }

  /** Somebody stopped the job. */
  byte[] cancelled(BatchLine line, String job, String reason) {
    return line.format() == BatchFormat.OPENAI
        ? openAiFailed(line, job, "batch_cancelled", reason)
        : plainEnd(line, job, "cancelled", "cancelled", reason, 0);
  }

  private static byte[] plainDone(
      BatchLine line, String job, SortedMap<Integer, Delta> answers, ReplyRecord.Done done) {
    ObjectNode fields = plain(line, "done");
    Delta first = answers.get(0);
    fields.put("text", first == null || first.content() == null ? "" : first.content());
    if (answers.size() > 1 || (first != null && !isOnlyText(first))) {
      fields.set("choices", choices(answers, done, false));
    }
    fields.set("finishReason", JSON.valueToTree(done.finishReason()));
    if (done.usage() != null) {
      fields.set("usage", JSON.valueToTree(done.usage()));
    }
    fields.put("model", done.model()).put("backend", done.backend());
    fields.put("attempts", done.attempts()).put("job", job);
    return JSON.writeValueAsBytes(fields);
  }

  private static byte[] plainEnd(
      BatchLine line,
      @Nullable String job,
      String status,
      String code,
      String message,
      int attempts) {
    ObjectNode fields = plain(line, status);
    fields.putObject("error").put("code", code).put("message", message);
    fields.put("attempts", attempts);
    if (job != null) {
      fields.put("job", job);
    }
    return JSON.writeValueAsBytes(fields);
  }

  private static ObjectNode plain(BatchLine line, String status) {
    ObjectNode fields = JSON.createObjectNode();
    return fields.put("id", line.id()).put("line", line.number()).put("status", status);
  }

  private static boolean isOnlyText(Delta delta) {
    return delta.reasoning() == null && delta.refusal() == null && delta.toolCalls().isEmpty();
  }

  private byte[] openAiDone(
      BatchLine line, String job, SortedMap<Integer, Delta> answers, ReplyRecord.Done done) {
    ObjectNode body = JSON.createObjectNode();
    body.put("id", "chatcmpl-" + job).put("object", "chat.completion");
    body.put("created", clock.millis() / 1_000).put("model", done.model());
    body.set("choices", choices(answers, done, true));
    Usage usage = done.usage();
    if (usage != null) {
      body.putObject("usage")
          .put("prompt_tokens", usage.promptTokens())
          .put("completion_tokens", usage.completionTokens())
          .put("total_tokens", usage.promptTokens() + usage.completionTokens());
    }
    return JSON.writeValueAsBytes(answered(line, job, OK, body));
  }

  private static byte[] openAiFailed(
      BatchLine line, @Nullable String job, String code, String message) {
    Integer status = REFUSALS.get(code);
    if (status != null) {
      ObjectNode body = JSON.createObjectNode();
      body.putObject("error")
          .put("message", message)
          .put("type", "invalid_request_error")
          .putNull("param")
          .put("code", code);
      return JSON.writeValueAsBytes(answered(line, job, status, body));
    }
    ObjectNode fields = openAi(line, job);
    fields.putNull("response");
    fields.putObject("error").put("code", code).put("message", message);
    return JSON.writeValueAsBytes(fields);
  }

  private static ObjectNode answered(
      BatchLine line, @Nullable String job, int status, ObjectNode body) {
    ObjectNode fields = openAi(line, job);
    ObjectNode response = fields.putObject("response");
    response.put("status_code", status).put("request_id", job == null ? line.id() : job);
    response.set("body", body);
    fields.putNull("error");
    return fields;
  }

  private static ObjectNode openAi(BatchLine line, @Nullable String job) {
    ObjectNode fields = JSON.createObjectNode();
    fields.put("id", OPENAI_ID + (job == null ? line.number() : job));
    return fields.put("custom_id", line.id());
  }

  /**
   * The answers as the choices of a chat completion.
   *
   * @param strict whether a client of OpenAI reads them: it expects every field
   */
  private static ArrayNode choices(
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
