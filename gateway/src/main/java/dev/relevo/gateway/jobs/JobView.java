package dev.relevo.gateway.jobs;

import dev.relevo.client.AnswerTimes;
import dev.relevo.client.JobException;
import dev.relevo.client.JobResult;
import dev.relevo.common.protocol.AttemptReport;
import dev.relevo.common.protocol.Delta;
import dev.relevo.common.protocol.JobStatus;
import dev.relevo.common.protocol.ReplyPlace;
import dev.relevo.common.protocol.TopicNames;
import dev.relevo.operator.KnownJob;
import dev.relevo.operator.batch.ToolCalls;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** A job in JSON. What is not known stays out of it. */
final class JobView {
  private static final JsonMapper JSON = JsonMapper.shared();

  private final TopicNames topics;

  JobView(TopicNames topics) {
    this.topics = topics;
  }

  /** What a caller is told of a job that Kafka has just taken. */
  static ObjectNode submitted(String id) {
    ObjectNode json = JSON.createObjectNode();
    json.put("id", id).put("state", KnownJob.word(JobStatus.QUEUED));
    putLinks(json, id);
    return json;
  }

  static String path(String id) {
    return "/v1/jobs/" + PathSegment.encode(id);
  }

  ObjectNode of(SeenJob job, Answer answer) {
    JobStatus told = answer.status();
    // The reply place hears of the end before state does.
    JobStatus status = job.hasEnded() || told == null ? job.status() : told;
    ObjectNode json = JSON.createObjectNode();
    json.put("id", job.id()).put("state", KnownJob.word(status));
    put(json, "model", job.model());
    put(json, "tenant", job.tenant());
    if (job.lane() != null) {
      json.put("lane", job.lane().text());
    }
    KnownJob known = job.known();
    if (known != null && !status.isTerminal()) {
      put(json, "node", known.state().node());
    }
    putAttempts(json, known, answer);
    putTimings(json, job, answer);
    putPlace(json, job.place());
    putEnd(json, job, status, answer);
    putLinks(json, job.id());
    return json;
  }

  private static void putAttempts(ObjectNode json, @Nullable KnownJob known, Answer answer) {
    ArrayNode all = json.putArray("attempts");
    if (known != null) {
      for (AttemptReport attempt : known.state().attempts()) {
        ObjectNode one = all.addObject();
        one.put("node", attempt.node());
        put(one, "backend", attempt.backend());
        put(one, "model", attempt.model());
        one.put("code", attempt.code()).put("message", attempt.message());
        one.put("assigned_at_ms", attempt.assignedAtMs()).put("ended_at_ms", attempt.endedAtMs());
      }
    }
    // State has reports of those that failed only.
    if (answer instanceof Answer.Whole whole) {
      ObjectNode last = all.addObject();
      put(last, "node", whole.node());
      last.put("backend", whole.result().backend()).put("model", whole.result().model());
      put(last, "ended_at_ms", whole.times().endedAtMs());
    } else if (known != null && !known.hasEnded() && known.state().node() != null) {
      ObjectNode running = all.addObject();
      put(running, "node", known.state().node());
      put(running, "model", known.state().model());
    }
  }

  private static void putTimings(ObjectNode json, SeenJob job, Answer answer) {
    ObjectNode timings = json.putObject("timings");
    Long submittedMs = job.submittedMs();
    put(timings, "submitted_at_ms", submittedMs);
    KnownJob known = job.known();
    if (known != null) {
      timings.put("updated_at_ms", known.state().updatedAtMs());
      timings.put("deadline_at_ms", known.state().deadlineMs());
    }
    AnswerTimes times =
        switch (answer) {
          case Answer.Whole whole -> whole.times();
          case Answer.Broken broken -> broken.times();
          case Answer.Unknown unknown -> null;
        };
    if (times != null) {
      put(timings, "ended_at_ms", times.endedAtMs());
      put(timings, "queue_ms", between(submittedMs, times.startedAtMs()));
      put(timings, "first_token_ms", between(submittedMs, times.firstChunkAtMs()));
      put(timings, "total_ms", between(submittedMs, times.endedAtMs()));
    }
  }

  /** Clocks of two machines may differ by a little. */
  private static @Nullable Long between(@Nullable Long fromMs, @Nullable Long toMs) {
    return fromMs == null || toMs == null ? null : Long.valueOf(Math.max(0, toMs - fromMs));
  }

  private static void putPlace(ObjectNode json, @Nullable ReplyPlace place) {
    if (place != null) {
      json.putObject("reply")
          .put("topic", place.topic())
          .put("partition", place.partition())
          .put("offset", place.fromOffset());
    }
  }

  private void putEnd(ObjectNode json, SeenJob job, JobStatus status, Answer answer) {
    switch (answer) {
      case Answer.Whole whole -> json.set("result", result(whole.result()));
      case Answer.Broken broken -> putError(json, broken.failure());
      case Answer.Unknown unknown -> {
        if (status.isTerminal() && status != JobStatus.SUCCEEDED && job.known() != null) {
          putError(json, job.known());
        }
        if (status.isTerminal()) {
          put(json, "result_missing", unknown.why());
        }
      }
    }
    boolean dead = status == JobStatus.DEAD || status == JobStatus.EXPIRED;
    String fence = job.known() == null ? null : job.known().state().fence();
    if (dead && fence != null) {
      json.putObject("dead_letter")
          .put("topic", topics.dead())
          .put("partition", job.home())
          .put("key", fence);
    }
  }

  private static void putError(ObjectNode json, JobException failure) {
    json.putObject("error").put("code", failure.code()).put("message", failure.getMessage());
  }

  private static void putError(ObjectNode json, KnownJob known) {
    if (known.code() != null || known.message() != null) {
      ObjectNode error = json.putObject("error");
      put(error, "code", known.code());
      put(error, "message", known.message());
    }
  }

  private static ObjectNode result(JobResult result) {
    ObjectNode json = JSON.createObjectNode();
    Delta first = result.answers().get(0);
    json.setAll(text(first == null ? Delta.text("") : first));
    json.set("finish_reason", JSON.valueToTree(result.finishReason()));
    if (result.usage() != null) {
      json.set("usage", usage(result));
    }
    json.put("model", result.model()).put("backend", result.backend());
    json.put("attempts", result.attempts());
    if (result.answers().size() > 1) {
      ArrayNode all = json.putArray("answers");
      for (Map.Entry<Integer, Delta> answer : result.answers().entrySet()) {
        all.addObject().put("index", answer.getKey()).setAll(text(answer.getValue()));
      }
    }
    return json;
  }

  private static ObjectNode usage(JobResult result) {
    return JSON.valueToTree(result.usage());
  }

  private static ObjectNode text(Delta answer) {
    ObjectNode json = JSON.createObjectNode();
    json.put("text", answer.content() == null ? "" : answer.content());
    put(json, "reasoning", answer.reasoning());
    put(json, "refusal", answer.refusal());
    if (!answer.toolCalls().isEmpty()) {
      json.set("tool_calls", ToolCalls.whole(answer.toolCalls()));
    }
    return json;
  }

  private static void putLinks(ObjectNode json, String id) {
    json.putObject("links").put("self", path(id)).put("stream", path(id) + "/stream");
  }

  private static void put(ObjectNode json, String name, @Nullable String value) {
    if (value != null) {
      json.put(name, value);
    }
  }

  private static void put(ObjectNode json, String name, @Nullable Long value) {
    if (value != null) {
      json.put(name, value);
    }
  }
}
