package dev.relevo.node.backend;

import dev.relevo.common.protocol.Usage;
import org.jspecify.annotations.Nullable;

/** What a server says that it has counted, as {@link Json#count} reads it: below 0 is unsaid. */
final class Counts {
  private Counts() {}

  /**
   * The usage; null where neither prompt nor answer was counted.
   *
   * @param cached how many of the prompt's were read before
   * @param reasoning how many of the answer's are reasoning
   */
  static @Nullable Usage usage(long prompt, long answer, long cached, long reasoning) {
    return prompt < 0 && answer < 0
        ? null
        : new Usage(
            Math.max(0, prompt),
            Math.max(0, answer),
            cached < 0 ? null : new Usage.PromptDetails(cached),
            reasoning < 0 ? null : new Usage.CompletionDetails(reasoning));
  }
}
