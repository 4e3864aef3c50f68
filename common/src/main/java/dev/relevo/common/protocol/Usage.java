package dev.relevo.common.protocol;

import com.fasterxml.jackson.annotation.JsonProperty;

/**
 * Tokens counted by the backend.
 *
 * @param promptTokens tokens of the prompt, 0 or more
 * @param completionTokens tokens of the answer, reasoning included, 0 or more
 */
public record Usage(
    @JsonProperty("prompt_tokens") long promptTokens,
    @JsonProperty("completion_tokens") long completionTokens) {

  public Usage {
    Require.atLeast(promptTokens, 0, "prompt_tokens");
    Require.atLeast(completionTokens, 0, "completion_tokens");
  }
}
