package dev.relevo.launcher;

import dev.relevo.common.protocol.Delta;
import dev.relevo.common.protocol.ReplyRecord;
import dev.relevo.operator.batch.OpenAiLines;
import java.time.InstantSource;
import java.util.Optional;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Writes answers as lines, and knows them again ({@code docs/batches.md}). */
final class BatchAnswers {
  /** How every line begins; what else stands in a file was not written here. */
  static final String BEGINNING = "{\"id\":\"";

  private static final JsonMapper JSON = JsonMapper.shared();

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
        return ours
            ? Optional.of(new Known(custom.asString(), OpenAiLines.isWhole(status)))
            : Optional.empty();
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
        ? OpenAiLines.done(asked(line, job), answers, done, clock.millis() / 1_000)
        : plainDone(line, job, answers, done);
  }

  /**
   * No answer.
   *
   * @param job null where there never was one
   */
  byte[] failed(BatchLine line, @Nullable String job, String code, String message, int attempts) {
    if (line.format() == BatchFormat.OPENAI) {
      return OpenAiLines.failed(asked(line, job), code, message);
    }
    return plainEnd(line, job, "failed", code, message, attempts);
  }

  /** Somebody stopped the job. */
  byte[] cancelled(BatchLine line, String job, String reason) {
    return line.format() == BatchFormat.OPENAI
        ? OpenAiLines.failed(asked(line, job), OpenAiLines.CANCELLED, reason)
        : plainEnd(line, job, "cancelled", "cancelled", reason, 0);
  }

  private static OpenAiLines.Asked asked(BatchLine line, @Nullable String job) {
    return new OpenAiLines.Asked(line.number(), line.id(), job);
  }

  private static byte[] plainDone(
      BatchLine line, String job, SortedMap<Integer, Delta> answers, ReplyRecord.Done done) {
    ObjectNode fields = plain(line, "done");
    Delta first = answers.get(0);
    fields.put("text", first == null || first.content() == null ? "" : first.content());
    if (answers.size() > 1 || (first != null && !isOnlyText(first))) {
      fields.set("choices", OpenAiLines.choices(answers, done, false));
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
}
