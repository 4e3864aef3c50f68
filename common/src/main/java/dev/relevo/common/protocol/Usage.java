package dev.relevo.common.protocol;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import org.jspecify.annotations.Nullable;

/**
 * Tokens counted by the backend, named as OpenAI names them.
 *
 * @param promptTokens tokens of the prompt, 0 or more
 * @param completionTokens tokens of the answer, reasoning included, 0 or more
 * @param promptDetails more of those of the prompt; null where the backend told no more
 * @param completionDetails more of those of the answer; null where the backend told no more
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Usage(
    @JsonProperty("prompt_tokens") long promptTokens,
    @JsonProperty("completion_tokens") long completionTokens,
    @JsonProperty("prompt_tokens_details") @Nullable PromptDetails promptDetails,
    @JsonProperty("completion_tokens_details") @Nullable CompletionDetails completionDetails) {

  public Usage {
    Require.atLeast(promptTokens, 0, "prompt_tokens");
    Require.atLeast(completionTokens, 0, "completion_tokens");
  }

  /** Without more of either. */
  public Usage(long promptTokens, long completionTokens) {
    this(promptTokens, completionTokens, null, null);
  }

  /**
   * More of the prompt's tokens.
   *
   * @param cachedTokens those that the backend had read before, 0 or more; null where it did not
   *     tell
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record PromptDetails(@JsonProperty("cached_tokens") @Nullable Long cachedTokens) {
    public PromptDetails {
      if (cachedTokens != null) {
        Require.atLeast(cachedTokens, 0, "cached_tokens");
      }
    }
  }

  /**
   * More of the answer's tokens.
   *
   * @param reasoningTokens those of its reasoning, 0 or more; null where the backend did not tell
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record CompletionDetails(
      @JsonProperty("reasoning_tokens") @Nullable Long reasoningTokens) {
    public CompletionDetails {
      if (reasoningTokens != null) {
        Require.atLeast(reasoningTokens, 0, "reasoning_tokens");
      }
    }
  }
}
