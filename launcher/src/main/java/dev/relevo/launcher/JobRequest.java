package dev.relevo.launcher;

import dev.relevo.common.protocol.JobHeaders;
import dev.relevo.common.protocol.Lane;
import dev.relevo.common.protocol.ReplyPlace;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What {@code submit} was asked for.
 *
 * @param model which model, or null for the one that the live nodes prefer
 * @param system the system prompt, if any
 * @param fallbacks models to try when that one cannot answer
 * @param lane the lane to take
 * @param prompt what the user says
 */
record JobRequest(
    @Nullable String model,
    @Nullable String system,
    List<String> fallbacks,
    Lane lane,
    String prompt) {
  JobRequest {
    fallbacks = List.copyOf(fallbacks);
  }

  /** The body of the job: an OpenAI chat-completions request (protocol section 2). */
  byte[] body(String model) {
    ObjectNode body = JsonMapper.shared().createObjectNode();
    body.put("model", model);
    ArrayNode messages = body.putArray("messages");
    if (system != null) {
      messages.addObject().put("role", "system").put("content", system);
    }
    messages.addObject().put("role", "user").put("content", prompt);
    return JsonMapper.shared().writeValueAsBytes(body);
  }

  /** The headers of the job, answered in a topic of its own. */
  JobHeaders headers(String model, String replyTopic) {
    JobHeaders defaults = JobHeaders.DEFAULTS;
    return new JobHeaders(
        new ReplyPlace(replyTopic, 0, 0),
        model,
        fallbacks,
        defaults.maxWaitMs(),
        defaults.strategy(),
        defaults.session(),
        defaults.tenant(),
        defaults.priority(),
        defaults.deadlineMs(),
        defaults.failover(),
        defaults.maxAttempts(),
        defaults.replay(),
        defaults.traceparent());
  }
}
