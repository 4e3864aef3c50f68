package dev.relevo.node.backend;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * What stands in the {@code details} of a server's error: with Google a list of objects, with
 * Anthropic one.
 *
 * @param code the server's own name for what went wrong, if it stands here
 * @param retryAfterMs how long it asks to wait, milliseconds, if it stands here
 */
record ErrorDetails(@Nullable String code, @Nullable Long retryAfterMs) {

  static ErrorDetails of(JsonNode details) {
    String code = Json.text(details, "error_code");
    Long retryAfterMs = null;
    if (details.isArray()) {
      for (JsonNode detail : details.values()) {
        String reason = Json.text(detail, "reason");
        code = code == null ? reason : code;
        Long delayMs = RetryAfter.delay(Json.text(detail, "retryDelay"));
        retryAfterMs = retryAfterMs == null ? delayMs : retryAfterMs;
      }
    }
    return new ErrorDetails(code, retryAfterMs);
  }
}
