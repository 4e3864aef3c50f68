package dev.relevo.node.backend;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a backend is asked.
 *
 * @param body an OpenAI chat-completions request, parsed once; adapters read it and never change it
 * @param model what to run; wins over the body's
 * @param prefix the beginning of the answer, to be continued; null to answer from the start. Only
 *     given to a backend that says it continues prefixes
 * @param timeoutMs milliseconds the whole call may take, 1 or more
 * @param cancellation ends the call
 * @param limits is told what the response says of the backend's rate limits
 */
public record CompletionRequest(
    ObjectNode body,
    String model,
    @Nullable String prefix,
    long timeoutMs,
    Cancellation cancellation,
    LimitNews.Listener limits) {

  /** One whose sender does not care for limits. */
  public CompletionRequest(
      ObjectNode body,
      String model,
      @Nullable String prefix,
      long timeoutMs,
      Cancellation cancellation) {
    this(body, model, prefix, timeoutMs, cancellation, LimitNews.Listener.NOBODY);
  }
}
