package dev.relevo.node.core;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a request asks for that decides how its answer may be taken up again (protocol section 5).
 *
 * @param plainText whether one answer of free text is asked for: no tools, no structured output, no
 *     {@code n} above 1
 * @param tokenBudget the most tokens the answer may have, if limited
 * @param bodyBytes how long the request is
 */
public record RequestTraits(boolean plainText, @Nullable Long tokenBudget, long bodyBytes) {
  private static final String MAX_TOKENS = "max_tokens";
  private static final String MAX_COMPLETION_TOKENS = "max_completion_tokens";

  /** A rough measure that suits most tokenizers and languages with Latin letters. */
  private static final int CHARACTERS_PER_TOKEN = 4;

  /** Where nothing is said: many an answer is shorter, and what it used is corrected after it. */
  private static final long USUAL_ANSWER_TOKENS = 500;

  /** Pictures make a body long and are few tokens. */
  private static final long MOST_PROMPT_TOKENS = 100_000;

  private static final long MOST_ANSWER_TOKENS = 100_000;

  /** Of a request of which nothing is known. */
  public RequestTraits(boolean plainText, @Nullable Long tokenBudget) {
    this(plainText, tokenBudget, 0);
  }

  /** How many tokens a call may use, for limits; a rough guess. */
  public long tokens() {
    long prompt = Math.min(bodyBytes / CHARACTERS_PER_TOKEN, MOST_PROMPT_TOKENS);
    long answer = tokenBudget == null ? USUAL_ANSWER_TOKENS : tokenBudget;
    return prompt + Math.clamp(answer, 1, MOST_ANSWER_TOKENS);
  }

  /** Reads an OpenAI chat-completions body of which the length is of no interest. */
  public static RequestTraits of(ObjectNode body) {
    return of(body, 0);
  }

  /**
   * Reads an OpenAI chat-completions body.
   *
   * @param bytes how long it is
   */
  public static RequestTraits of(ObjectNode body, long bytes) {
    boolean one = !body.path("n").isNumber() || body.path("n").asInt() <= 1;
    boolean tools = !body.path("tools").isEmpty() || !body.path("functions").isEmpty();
    JsonNode format = body.path("response_format").path("type");
    boolean free = !format.isString() || format.asString().equals("text");
    return new RequestTraits(one && !tools && free, budget(body), bytes);
  }

  private static @Nullable Long budget(ObjectNode body) {
    for (String field : new String[] {MAX_COMPLETION_TOKENS, MAX_TOKENS}) {
      if (body.path(field).isIntegralNumber()) {
        return body.path(field).asLong();
      }
    }
    return null;
  }

  /**
   * The body for a continuation: a copy whose token budget is lowered by what readers already have,
   * at least 1; the same body where there is no budget.
   *
   * @param given the text so far
   */
  public ObjectNode continued(ObjectNode body, String given) {
    if (tokenBudget == null) {
      return body;
    }
    long left = Math.max(1, tokenBudget - given.length() / CHARACTERS_PER_TOKEN);
    ObjectNode copy = body.deepCopy();
    for (String field : new String[] {MAX_COMPLETION_TOKENS, MAX_TOKENS}) {
      if (body.has(field)) {
        copy.put(field, left);
      }
    }
    return copy;
  }
}
