package dev.relevo.operator.batch;

import dev.relevo.common.protocol.FailureCodes;
import java.util.Locale;
import java.util.Set;

/**
 * What the codes and words of failures that are backends' own mean to a client of OpenAI. Pure; one
 * rule for answers and for lines of batches.
 */
public final class Refusals {
  /** OpenAI's code for a prompt that the model has no room for. */
  public static final String CONTEXT_LENGTH_EXCEEDED = "context_length_exceeded";

  /** A provider's word for a name that it does not know; another node may know it. */
  public static final String MODEL_NOT_FOUND = "model_not_found";

  /** How a dispatcher begins when a deadline leaves no time for what a backend's code asks. */
  private static final String OUT_OF_TIME_WORDS = "the deadline passes before";

  private static final Set<String> TOO_LONG =
      Set.of(CONTEXT_LENGTH_EXCEEDED, "exceed_context_size_error", FailureCodes.CONTEXT_TOO_LONG);

  /** Servers that have no code for it have one of these sentences. */
  private static final Set<String> TOO_LONG_WORDS =
      Set.of(
          "maximum context length",
          "exceeds the available context size",
          "prompt is too long",
          "exceeds the context window",
          "input token count exceeds");

  private Refusals() {}

  /** Whether the prompt is too long for the model. */
  public static boolean isTooLong(String code, String words) {
    if (hasCodeOfTooLong(code)) {
      return true;
    }
    String lower = words.toLowerCase(Locale.ROOT);
    return code.equals(FailureCodes.INVALID_REQUEST)
        && TOO_LONG_WORDS.stream().anyMatch(lower::contains);
  }

  /** Whether the code alone says so. */
  public static boolean hasCodeOfTooLong(String code) {
    return TOO_LONG.contains(code);
  }

  /** Whether a failure under a backend's code would have been tried again, had there been time. */
  public static boolean isOutOfTime(String words) {
    return words.startsWith(OUT_OF_TIME_WORDS);
  }
}
