package dev.relevo.gateway.batches;

import dev.relevo.gateway.batches.BatchRecord.Created;
import dev.relevo.gateway.batches.BatchRecord.Ended;
import dev.relevo.gateway.batches.BatchRecord.Problem;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** A batch as OpenAI's SDKs read it. Pure. */
final class BatchJson {
  private BatchJson() {}

  static ObjectNode of(Batch batch) {
    Created created = batch.created();
    Ended ended = batch.ended();
    ObjectNode json = JsonMapper.shared().createObjectNode();
    json.put("id", batch.id()).put("object", "batch").put("endpoint", created.endpoint());
    json.put("model", batch.started() == null ? null : batch.started().model());
    errors(json, ended == null ? List.of() : ended.problems());
    json.put("input_file_id", created.inputFile()).put("completion_window", "24h");
    json.put("status", batch.status().text());
    json.put("output_file_id", ended == null ? null : ended.outputFile());
    json.put("error_file_id", ended == null ? null : ended.errorFile());
    times(json, batch);
    counts(json, batch);
    if (ended != null && ended.total() > 0) {
      usage(json, ended);
    } else {
      json.putNull("usage");
    }
    if (created.metadata().isEmpty()) {
      json.putNull("metadata");
    } else {
      ObjectNode metadata = json.putObject("metadata");
      created.metadata().forEach(metadata::put);
    }
    return json;
  }

  private static void errors(ObjectNode json, List<Problem> problems) {
    if (problems.isEmpty()) {
      json.putNull("errors");
      return;
    }
    ArrayNode data = json.putObject("errors").put("object", "list").putArray("data");
    for (Problem problem : problems) {
      data.addObject()
          .put("code", problem.code())
          .put("message", problem.message())
          .put("param", problem.param())
          .put("line", problem.line());
    }
  }

  private static void times(ObjectNode json, Batch batch) {
    json.put("created_at", batch.created().createdAtMs() / 1_000);
    time(json, "in_progress_at", batch.started() == null ? null : batch.started().atMs());
    json.put("expires_at", batch.created().expiresAtMs() / 1_000);
    time(json, "finalizing_at", batch.finalizing() == null ? null : batch.finalizing().atMs());
    time(json, "completed_at", endedAt(batch, BatchStatus.COMPLETED));
    time(json, "failed_at", endedAt(batch, BatchStatus.FAILED));
    time(json, "expired_at", endedAt(batch, BatchStatus.EXPIRED));
    time(json, "cancelling_at", batch.cancelAsked() == null ? null : batch.cancelAsked().atMs());
    time(json, "cancelled_at", endedAt(batch, BatchStatus.CANCELLED));
  }

  private static @Nullable Long endedAt(Batch batch, BatchStatus as) {
    Ended ended = batch.ended();
    return ended != null && ended.status() == as ? ended.atMs() : null;
  }

  private static void time(ObjectNode json, String field, @Nullable Long ms) {
    json.put(field, ms == null ? null : ms / 1_000);
  }

  private static void counts(ObjectNode json, Batch batch) {
    int total = batch.started() == null ? 0 : batch.started().total();
    int completed = batch.counted() == null ? 0 : batch.counted().completed();
    int failed = batch.counted() == null ? 0 : batch.counted().failed();
    Ended ended = batch.ended();
    if (ended != null) {
      total = ended.total();
      completed = ended.completed();
      failed = ended.failed();
    }
    json.putObject("request_counts")
        .put("total", total)
        .put("completed", completed)
        .put("failed", failed);
  }

  private static void usage(ObjectNode json, Ended ended) {
    ObjectNode usage = json.putObject("usage");
    usage.put("input_tokens", ended.promptTokens());
    usage.putObject("input_tokens_details").put("cached_tokens", orZero(ended.cachedTokens()));
    usage.put("output_tokens", ended.completionTokens());
    usage
        .putObject("output_tokens_details")
        .put("reasoning_tokens", orZero(ended.reasoningTokens()));
    usage.put("total_tokens", ended.promptTokens() + ended.completionTokens());
  }

  /** SDKs want a number. */
  private static long orZero(@Nullable Long tokens) {
    return tokens == null ? 0 : tokens;
  }
}
