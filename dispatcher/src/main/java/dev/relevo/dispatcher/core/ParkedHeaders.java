package dev.relevo.dispatcher.core;

import dev.relevo.common.protocol.JobHeaders;
import dev.relevo.common.protocol.MalformedRecordException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.jspecify.annotations.Nullable;

/** A job's headers in state, where its record is out of sight (protocol section 4, Waiting). */
final class ParkedHeaders {
  private ParkedHeaders() {}

  /**
   * @param models the model that holds, which may be the body's, and its fallbacks
   */
  static Map<String, String> write(JobHeaders asked, List<String> models) {
    Map<String, String> texts = new HashMap<>();
    for (Header header : headers(models.isEmpty() ? asked : asked.withModel(models.getFirst()))) {
      texts.put(header.key(), new String(header.value(), StandardCharsets.UTF_8));
    }
    return texts;
  }

  /** What was written, or null where nothing was, or somebody wrote what nobody can read. */
  static @Nullable JobHeaders read(Map<String, String> texts) {
    if (texts.isEmpty()) {
      return null;
    }
    Headers headers = new RecordHeaders();
    texts.forEach((name, text) -> headers.add(name, text.getBytes(StandardCharsets.UTF_8)));
    try {
      return JobHeaders.parse(headers);
    } catch (MalformedRecordException e) {
      // The record itself is read before anything is decided.
      return null;
    }
  }

  /** The model and its fallbacks; empty where no model stands there. */
  static List<String> models(JobHeaders asked) {
    if (asked.model() == null) {
      return List.of();
    }
    List<String> models = new ArrayList<>(1 + asked.fallbackModels().size());
    models.add(asked.model());
    models.addAll(asked.fallbackModels());
    return List.copyOf(models);
  }

  /** What is still known of a job that waits outside the window. */
  static JobHeaders rest(JobEntry entry) {
    List<String> models = entry.named();
    return new JobHeaders(
        entry.replyPlace(),
        entry.model(),
        models.isEmpty() ? List.of() : models.subList(1, models.size()),
        null,
        null,
        null,
        entry.tenant(),
        entry.priority(),
        null,
        JobHeaders.DEFAULTS.failover(),
        null,
        null,
        null);
  }

  static Headers headers(JobHeaders asked) {
    Headers headers = new RecordHeaders();
    asked.writeTo(headers);
    return headers;
  }
}
